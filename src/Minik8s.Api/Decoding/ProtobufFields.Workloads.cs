namespace Minik8s.Api.Decoding;

/// <content>Pods and the kinds that make them.</content>
internal static partial class ProtobufFields
{
    private const string WorkloadLines = """
        io.k8s.api.apps.v1.ControllerRevision metadata=1 data=2 revision=3
        io.k8s.api.apps.v1.Deployment metadata=1 spec=2 status=3
        io.k8s.api.apps.v1.DeploymentSpec replicas=1* selector=2 template=3 strategy=4 minReadySeconds=5 revisionHistoryLimit=6* paused=7 progressDeadlineSeconds=9*
        io.k8s.api.apps.v1.DeploymentStrategy type=1 rollingUpdate=2
        io.k8s.api.apps.v1.RollingUpdateDeployment maxUnavailable=1* maxSurge=2*
        io.k8s.api.apps.v1.DeploymentStatus observedGeneration=1 replicas=2 updatedReplicas=3 availableReplicas=4 unavailableReplicas=5 conditions=6 readyReplicas=7 collisionCount=8* terminatingReplicas=9*
        io.k8s.api.apps.v1.DeploymentCondition type=1 status=2 reason=4 message=5 lastUpdateTime=6 lastTransitionTime=7
        io.k8s.api.apps.v1.ReplicaSet metadata=1 spec=2 status=3
        io.k8s.api.apps.v1.ReplicaSetSpec replicas=1* selector=2 template=3 minReadySeconds=4
        io.k8s.api.apps.v1.ReplicaSetStatus replicas=1 fullyLabeledReplicas=2 observedGeneration=3 readyReplicas=4 availableReplicas=5 conditions=6 terminatingReplicas=7*
        io.k8s.api.apps.v1.ReplicaSetCondition type=1 status=2 lastTransitionTime=3 reason=4 message=5
        io.k8s.api.apps.v1.StatefulSet metadata=1 spec=2 status=3
        io.k8s.api.apps.v1.StatefulSetSpec replicas=1* selector=2 template=3 volumeClaimTemplates=4 serviceName=5 podManagementPolicy=6 updateStrategy=7 revisionHistoryLimit=8* minReadySeconds=9 persistentVolumeClaimRetentionPolicy=10 ordinals=11
        io.k8s.api.apps.v1.StatefulSetUpdateStrategy type=1 rollingUpdate=2
        io.k8s.api.apps.v1.RollingUpdateStatefulSetStrategy partition=1* maxUnavailable=2*
        io.k8s.api.apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy whenDeleted=1 whenScaled=2
        io.k8s.api.apps.v1.StatefulSetOrdinals start=1
        io.k8s.api.apps.v1.StatefulSetStatus observedGeneration=1 replicas=2 readyReplicas=3 currentReplicas=4 updatedReplicas=5 currentRevision=6 updateRevision=7 collisionCount=9* conditions=10 availableReplicas=11
        io.k8s.api.apps.v1.StatefulSetCondition type=1 status=2 lastTransitionTime=3 reason=4 message=5
        io.k8s.api.apps.v1.DaemonSet metadata=1 spec=2 status=3
        io.k8s.api.apps.v1.DaemonSetSpec selector=1 template=2 updateStrategy=3 minReadySeconds=4 revisionHistoryLimit=6*
        io.k8s.api.apps.v1.DaemonSetUpdateStrategy type=1 rollingUpdate=2
        io.k8s.api.apps.v1.RollingUpdateDaemonSet maxUnavailable=1* maxSurge=2*
        io.k8s.api.apps.v1.DaemonSetStatus currentNumberScheduled=1 numberMisscheduled=2 desiredNumberScheduled=3 numberReady=4 observedGeneration=5 updatedNumberScheduled=6 numberAvailable=7 numberUnavailable=8 collisionCount=9* conditions=10
        io.k8s.api.apps.v1.DaemonSetCondition type=1 status=2 lastTransitionTime=3 reason=4 message=5
        io.k8s.api.autoscaling.v1.Scale metadata=1 spec=2 status=3
        io.k8s.api.autoscaling.v1.ScaleSpec replicas=1
        io.k8s.api.autoscaling.v1.ScaleStatus replicas=1 selector=2
        io.k8s.api.batch.v1.Job metadata=1 spec=2 status=3
        io.k8s.api.batch.v1.JobSpec parallelism=1* completions=2* activeDeadlineSeconds=3* selector=4 manualSelector=5* template=6 backoffLimit=7* ttlSecondsAfterFinished=8* completionMode=9* suspend=10* podFailurePolicy=11 backoffLimitPerIndex=12* maxFailedIndexes=13* podReplacementPolicy=14* managedBy=15* successPolicy=16
        io.k8s.api.batch.v1.JobStatus conditions=1 startTime=2 completionTime=3 active=4 succeeded=5 failed=6 completedIndexes=7 uncountedTerminatedPods=8 ready=9* failedIndexes=10* terminating=11*
        io.k8s.api.batch.v1.JobCondition type=1 status=2 lastProbeTime=3 lastTransitionTime=4 reason=5 message=6
        io.k8s.api.batch.v1.UncountedTerminatedPods succeeded=1 failed=2
        io.k8s.api.batch.v1.PodFailurePolicy rules=1
        io.k8s.api.batch.v1.PodFailurePolicyRule action=1 onExitCodes=2 onPodConditions=3
        io.k8s.api.batch.v1.PodFailurePolicyOnExitCodesRequirement containerName=1* operator=2 values=3
        io.k8s.api.batch.v1.PodFailurePolicyOnPodConditionsPattern type=1 status=2
        io.k8s.api.batch.v1.SuccessPolicy rules=1
        io.k8s.api.batch.v1.SuccessPolicyRule succeededIndexes=1* succeededCount=2*
        io.k8s.api.batch.v1.CronJob metadata=1 spec=2 status=3
        io.k8s.api.batch.v1.CronJobSpec schedule=1 startingDeadlineSeconds=2* concurrencyPolicy=3 suspend=4* jobTemplate=5 successfulJobsHistoryLimit=6* failedJobsHistoryLimit=7* timeZone=8*
        io.k8s.api.batch.v1.CronJobStatus active=1 lastScheduleTime=4 lastSuccessfulTime=5
        io.k8s.api.batch.v1.JobTemplateSpec metadata=1 spec=2
        io.k8s.api.policy.v1.Eviction metadata=1 deleteOptions=2
        io.k8s.api.policy.v1.PodDisruptionBudget metadata=1 spec=2 status=3
        io.k8s.api.policy.v1.PodDisruptionBudgetSpec minAvailable=1* selector=2 maxUnavailable=3* unhealthyPodEvictionPolicy=4*
        io.k8s.api.policy.v1.PodDisruptionBudgetStatus observedGeneration=1 disruptedPods=2 disruptionsAllowed=3 currentHealthy=4 desiredHealthy=5 expectedPods=6 conditions=7
        io.k8s.api.core.v1.ReplicationController metadata=1 spec=2 status=3
        io.k8s.api.core.v1.ReplicationControllerSpec replicas=1* selector=2 template=3 minReadySeconds=4
        io.k8s.api.core.v1.ReplicationControllerStatus replicas=1 fullyLabeledReplicas=2 observedGeneration=3 readyReplicas=4 availableReplicas=5 conditions=6
        io.k8s.api.core.v1.ReplicationControllerCondition type=1 status=2 lastTransitionTime=3 reason=4 message=5
        io.k8s.api.core.v1.PodTemplate metadata=1 template=2
        io.k8s.api.core.v1.Pod metadata=1 spec=2 status=3
        io.k8s.api.core.v1.PodTemplateSpec metadata=1 spec=2
        io.k8s.api.core.v1.PodSpec volumes=1 containers=2 restartPolicy=3 terminationGracePeriodSeconds=4* activeDeadlineSeconds=5* dnsPolicy=6 nodeSelector=7 serviceAccountName=8 serviceAccount=9 nodeName=10 hostNetwork=11 hostPID=12 hostIPC=13 securityContext=14 imagePullSecrets=15 hostname=16 subdomain=17 affinity=18 schedulerName=19 initContainers=20 automountServiceAccountToken=21* tolerations=22 hostAliases=23 priorityClassName=24 priority=25* dnsConfig=26 shareProcessNamespace=27* readinessGates=28 runtimeClassName=29* enableServiceLinks=30* preemptionPolicy=31* overhead=32 topologySpreadConstraints=33 ephemeralContainers=34 setHostnameAsFQDN=35* os=36 hostUsers=37* schedulingGates=38 resourceClaims=39 resources=40 hostnameOverride=41*
        io.k8s.api.core.v1.Container name=1 image=2 command=3 args=4 workingDir=5 ports=6 env=7 resources=8 volumeMounts=9 livenessProbe=10 readinessProbe=11 lifecycle=12 terminationMessagePath=13 imagePullPolicy=14 securityContext=15 stdin=16 stdinOnce=17 tty=18 envFrom=19 terminationMessagePolicy=20 volumeDevices=21 startupProbe=22 resizePolicy=23 restartPolicy=24* restartPolicyRules=25
        io.k8s.api.core.v1.ContainerPort name=1 hostPort=2 containerPort=3 protocol=4 hostIP=5
        io.k8s.api.core.v1.ContainerResizePolicy resourceName=1 restartPolicy=2
        io.k8s.api.core.v1.EnvVar name=1 value=2 valueFrom=3
        io.k8s.api.core.v1.EnvVarSource fieldRef=1 resourceFieldRef=2 configMapKeyRef=3 secretKeyRef=4 fileKeyRef=5
        io.k8s.api.core.v1.ObjectFieldSelector apiVersion=1 fieldPath=2
        io.k8s.api.core.v1.ResourceFieldSelector containerName=1 resource=2 divisor=3
        io.k8s.api.core.v1.EnvFromSource prefix=1 configMapRef=2 secretRef=3
        io.k8s.api.core.v1.ResourceRequirements limits=1 requests=2 claims=3
        io.k8s.api.core.v1.VolumeMount name=1 readOnly=2 mountPath=3 subPath=4 mountPropagation=5* subPathExpr=6 recursiveReadOnly=7*
        io.k8s.api.core.v1.VolumeDevice name=1 devicePath=2
        io.k8s.api.core.v1.Toleration key=1 operator=2 value=3 effect=4 tolerationSeconds=5*
        io.k8s.api.core.v1.HostAlias ip=1 hostnames=2
        io.k8s.api.core.v1.PodSecurityContext seLinuxOptions=1 runAsUser=2* runAsNonRoot=3* supplementalGroups=4 fsGroup=5* runAsGroup=6* sysctls=7 windowsOptions=8 fsGroupChangePolicy=9* seccompProfile=10 appArmorProfile=11 supplementalGroupsPolicy=12* seLinuxChangePolicy=13*
        io.k8s.api.core.v1.SecurityContext capabilities=1 privileged=2* seLinuxOptions=3 runAsUser=4* runAsNonRoot=5* readOnlyRootFilesystem=6* allowPrivilegeEscalation=7* runAsGroup=8* procMount=9* windowsOptions=10 seccompProfile=11 appArmorProfile=12
        io.k8s.api.core.v1.Capabilities add=1 drop=2
        """;
}
