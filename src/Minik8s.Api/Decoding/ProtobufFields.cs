namespace Minik8s.Api.Decoding;

/// <summary>
/// The field numbers of Kubernetes' protobuf encoding, for the types that clients send in it (wire facts of the <c>generated.proto</c> files).
/// A line is a definition and its fields with their numbers; an asterisk marks a field whose empty value counts as set.
/// A field <c>+TYPE</c> is a message whose fields stand in the outer object in JSON.
/// </summary>
internal static partial class ProtobufFields
{
    private const string Lines = """
        io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta name=1 generateName=2 namespace=3 selfLink=4 uid=5 resourceVersion=6 generation=7 creationTimestamp=8 deletionTimestamp=9 deletionGracePeriodSeconds=10 labels=11 annotations=12 ownerReferences=13 finalizers=14 managedFields=17
        io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference kind=1 name=3 uid=4 apiVersion=5 controller=6* blockOwnerDeletion=7*
        io.k8s.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry manager=1 operation=2 apiVersion=3 time=4 fieldsType=6 fieldsV1=7 subresource=8
        io.k8s.apimachinery.pkg.apis.meta.v1.Condition type=1 status=2 observedGeneration=3 lastTransitionTime=4 reason=5 message=6
        io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector matchLabels=1 matchExpressions=2
        io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement key=1 operator=2 values=3
        io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions gracePeriodSeconds=1* preconditions=2 orphanDependents=3* propagationPolicy=4 dryRun=5
        io.k8s.apimachinery.pkg.apis.meta.v1.Preconditions uid=1 resourceVersion=2
        io.k8s.api.core.v1.ConfigMap metadata=1 data=2 binaryData=3 immutable=4*
        io.k8s.api.core.v1.Secret metadata=1 data=2 type=3 stringData=4 immutable=5
        io.k8s.api.core.v1.Namespace metadata=1 spec=2 status=3
        io.k8s.api.core.v1.NamespaceSpec finalizers=1
        io.k8s.api.core.v1.NamespaceStatus phase=1 conditions=2
        io.k8s.api.core.v1.ServiceAccount metadata=1 secrets=2 imagePullSecrets=3 automountServiceAccountToken=4*
        io.k8s.api.core.v1.ObjectReference kind=1 namespace=2 name=3 uid=4 apiVersion=5 resourceVersion=6 fieldPath=7
        io.k8s.api.core.v1.LocalObjectReference name=1
        io.k8s.api.core.v1.Service metadata=1 spec=2 status=3
        io.k8s.api.core.v1.ServiceSpec ports=1 selector=2 clusterIP=3 type=4 externalIPs=5 sessionAffinity=7 loadBalancerIP=8 loadBalancerSourceRanges=9 externalName=10 externalTrafficPolicy=11 healthCheckNodePort=12 publishNotReadyAddresses=13 sessionAffinityConfig=14 ipFamilyPolicy=17 clusterIPs=18 ipFamilies=19 allocateLoadBalancerNodePorts=20* loadBalancerClass=21 internalTrafficPolicy=22 trafficDistribution=23
        io.k8s.api.core.v1.ServicePort name=1 protocol=2 port=3 targetPort=4 nodePort=5 appProtocol=6
        io.k8s.api.core.v1.SessionAffinityConfig clientIP=1
        io.k8s.api.core.v1.ClientIPConfig timeoutSeconds=1*
        io.k8s.api.core.v1.ServiceStatus loadBalancer=1 conditions=2
        io.k8s.api.core.v1.LoadBalancerStatus ingress=1
        io.k8s.api.core.v1.LoadBalancerIngress ip=1 hostname=2 ipMode=3 ports=4
        io.k8s.api.core.v1.Binding metadata=1 target=2
        io.k8s.api.authentication.v1.TokenRequest metadata=1 spec=2 status=3
        io.k8s.api.authentication.v1.TokenRequestSpec audiences=1 boundObjectRef=3 expirationSeconds=4
        io.k8s.api.authentication.v1.BoundObjectReference kind=1 apiVersion=2 name=3 uid=4
        io.k8s.api.authentication.v1.TokenRequestStatus token=1 expirationTimestamp=2
        io.k8s.api.authentication.v1.TokenReview metadata=1 spec=2 status=3
        io.k8s.api.authentication.v1.TokenReviewSpec token=1 audiences=2
        io.k8s.api.authentication.v1.TokenReviewStatus authenticated=1 user=2 error=3 audiences=4
        io.k8s.api.authentication.v1.UserInfo username=1 uid=2 groups=3
        io.k8s.api.authentication.v1.SelfSubjectReview metadata=1 status=2
        io.k8s.api.authentication.v1.SelfSubjectReviewStatus userInfo=1
        io.k8s.api.authorization.v1.LocalSubjectAccessReview metadata=1 spec=2 status=3
        io.k8s.api.authorization.v1.SelfSubjectAccessReview metadata=1 spec=2 status=3
        io.k8s.api.authorization.v1.SelfSubjectRulesReview metadata=1 spec=2 status=3
        io.k8s.api.authorization.v1.SubjectAccessReview metadata=1 spec=2 status=3
        io.k8s.api.authorization.v1.SelfSubjectAccessReviewSpec resourceAttributes=1 nonResourceAttributes=2
        io.k8s.api.authorization.v1.SelfSubjectRulesReviewSpec namespace=1
        io.k8s.api.authorization.v1.SubjectAccessReviewSpec resourceAttributes=1 nonResourceAttributes=2 user=3 groups=4 uid=6
        io.k8s.api.authorization.v1.SubjectAccessReviewStatus allowed=1 reason=2 evaluationError=3 denied=4
        io.k8s.api.authorization.v1.SubjectRulesReviewStatus evaluationError=4 incomplete=3
        io.k8s.api.authorization.v1.ResourceAttributes namespace=1 verb=2 group=3 version=4 resource=5 subresource=6 name=7
        io.k8s.api.authorization.v1.NonResourceAttributes path=1 verb=2
        io.k8s.api.coordination.v1.Lease metadata=1 spec=2
        io.k8s.api.coordination.v1.LeaseSpec holderIdentity=1 leaseDurationSeconds=2* acquireTime=3 renewTime=4 leaseTransitions=5* strategy=6 preferredHolder=7
        io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler metadata=1 spec=2 status=3
        io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerSpec scaleTargetRef=1 minReplicas=2* maxReplicas=3 targetCPUUtilizationPercentage=4*
        io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerStatus observedGeneration=1 lastScaleTime=2 currentReplicas=3 desiredReplicas=4 currentCPUUtilizationPercentage=5
        io.k8s.api.autoscaling.v1.CrossVersionObjectReference kind=1 name=2 apiVersion=3
        io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler metadata=1 spec=2 status=3
        io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerSpec scaleTargetRef=1 minReplicas=2* maxReplicas=3 metrics=4 behavior=5
        io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerStatus observedGeneration=1 lastScaleTime=2 currentReplicas=3 desiredReplicas=4 currentMetrics=5 conditions=6
        io.k8s.api.autoscaling.v2.CrossVersionObjectReference kind=1 name=2 apiVersion=3
        io.k8s.api.autoscaling.v2.MetricSpec type=1 object=2 pods=3 resource=4 external=5 containerResource=7
        io.k8s.api.autoscaling.v2.ResourceMetricSource name=1 target=2
        io.k8s.api.autoscaling.v2.MetricTarget type=1 value=2 averageValue=3 averageUtilization=4*
        """;

    private static readonly Lazy<Dictionary<string, Dictionary<int, ProtobufField>>> Tables = new(() => $"{Lines}\n{WorkloadLines}\n{KindLines}"
        .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Select(l => l.Split(' '))
        .ToDictionary(l => l[0], l => l[1..].Select(Parse).ToDictionary(f => f.Number, f => f.Field)));

    /// <summary>Fields by number; null when the type has no table.</summary>
    public static IReadOnlyDictionary<int, ProtobufField>? Of(string definition) => Tables.Value.GetValueOrDefault(definition);

    /// <summary>The definitions that have a table.</summary>
    public static IEnumerable<string> Definitions => Tables.Value.Keys;

    private static (int Number, ProtobufField Field) Parse(string text)
    {
        var optional = text.EndsWith('*');
        var parts = text.TrimEnd('*').Split('=');
        return (int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture), new(parts[0], optional));
    }
}

/// <summary>A field of a message.</summary>
/// <param name="Name">Its name in JSON.</param>
/// <param name="KeepsEmpty">Whether 0, false and "" are values that a client has set: pointers in Go, which are not written when they are unset.</param>
internal readonly record struct ProtobufField(string Name, bool KeepsEmpty);
