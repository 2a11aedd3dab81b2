namespace Minik8s.Api.Decoding;

/// <content>Kinds that kubectl makes from flags, and certificate requests.</content>
internal static partial class ProtobufFields
{
    private const string KindLines = """
        io.k8s.api.core.v1.TypedLocalObjectReference apiGroup=1* kind=2 name=3
        io.k8s.api.core.v1.ResourceQuota metadata=1 spec=2 status=3
        io.k8s.api.core.v1.ResourceQuotaSpec hard=1 scopes=2 scopeSelector=3
        io.k8s.api.core.v1.ResourceQuotaStatus hard=1 used=2
        io.k8s.api.core.v1.ScopeSelector matchExpressions=1
        io.k8s.api.core.v1.ScopedResourceSelectorRequirement scopeName=1 operator=2 values=3
        io.k8s.api.networking.v1.Ingress metadata=1 spec=2 status=3
        io.k8s.api.networking.v1.IngressSpec defaultBackend=1 tls=2 rules=3 ingressClassName=4*
        io.k8s.api.networking.v1.IngressBackend resource=3 service=4
        io.k8s.api.networking.v1.IngressServiceBackend name=1 port=2
        io.k8s.api.networking.v1.ServiceBackendPort name=1 number=2
        io.k8s.api.networking.v1.IngressTLS hosts=1 secretName=2
        io.k8s.api.networking.v1.IngressRule host=1 +io.k8s.api.networking.v1.IngressRuleValue=2
        io.k8s.api.networking.v1.IngressRuleValue http=1
        io.k8s.api.networking.v1.HTTPIngressRuleValue paths=1
        io.k8s.api.networking.v1.HTTPIngressPath path=1 backend=2 pathType=3*
        io.k8s.api.networking.v1.IngressStatus loadBalancer=1
        io.k8s.api.networking.v1.IngressLoadBalancerStatus ingress=1
        io.k8s.api.networking.v1.IngressLoadBalancerIngress ip=1 hostname=2 ports=4
        io.k8s.api.networking.v1.IngressPortStatus port=1 protocol=2 error=3
        io.k8s.api.rbac.v1.Role metadata=1 rules=2
        io.k8s.api.rbac.v1.ClusterRole metadata=1 rules=2 aggregationRule=3
        io.k8s.api.rbac.v1.AggregationRule clusterRoleSelectors=1
        io.k8s.api.rbac.v1.PolicyRule verbs=1 apiGroups=2 resources=3 resourceNames=4 nonResourceURLs=5
        io.k8s.api.rbac.v1.RoleBinding metadata=1 subjects=2 roleRef=3
        io.k8s.api.rbac.v1.ClusterRoleBinding metadata=1 subjects=2 roleRef=3
        io.k8s.api.rbac.v1.Subject kind=1 apiGroup=2 name=3 namespace=4
        io.k8s.api.rbac.v1.RoleRef apiGroup=1 kind=2 name=3
        io.k8s.api.scheduling.v1.PriorityClass metadata=1 value=2 globalDefault=3 description=4 preemptionPolicy=5*
        io.k8s.api.certificates.v1.CertificateSigningRequest metadata=1 spec=2 status=3
        io.k8s.api.certificates.v1.CertificateSigningRequestSpec request=1 username=2 uid=3 groups=4 usages=5 extra=6 signerName=7 expirationSeconds=8*
        io.k8s.api.certificates.v1.CertificateSigningRequestStatus conditions=1 certificate=2
        io.k8s.api.certificates.v1.CertificateSigningRequestCondition type=1 reason=2 message=3 lastUpdateTime=4 lastTransitionTime=5 status=6
        """;
}
