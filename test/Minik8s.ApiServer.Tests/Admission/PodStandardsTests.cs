using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.ApiServer.Admission.PodSecurity;

namespace Minik8s.ApiServer.Tests.Admission;

/// <summary>Each rule of the Pod Security Standards, on pods that keep to everything else.</summary>
public sealed class PodStandardsTests
{
    private const string Hardened = """
        "securityContext":{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]}}
        """;

    [Theory]
    [InlineData("hostNetwork:true", "host namespaces (hostNetwork=true)")]
    [InlineData("hostNetwork:true,hostPID:true,hostIPC:true", "host namespaces (hostNetwork=true, hostPID=true, hostIPC=true)")]
    [InlineData("volumes:[{name:'a',hostPath:{path:'/'}}]", "hostPath volumes (volume \"a\")")]
    [InlineData("volumes:[{name:'b',hostPath:{path:'/'}},{name:'a',hostPath:{path:'/'}}]", "hostPath volumes (volumes \"b\", \"a\")")]
    [InlineData("securityContext:{sysctls:[{name:'kernel.msgmax',value:'1'},{name:'net.ipv4.tcp_rmem',value:'1'}]}", "forbidden sysctls (kernel.msgmax)")]
    [InlineData("securityContext:{seccompProfile:{type:'Unconfined'}}", "seccompProfile (pod must not set securityContext.seccompProfile.type to \"Unconfined\")")]
    [InlineData("securityContext:{seLinuxOptions:{type:'spc_t',user:'u',role:'r'}}", "seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type \"spc_t\"; user may not be set; role may not be set)")]
    [InlineData("securityContext:{seLinuxOptions:{type:'container_engine_t'}}", "")]
    [InlineData("securityContext:{windowsOptions:{hostProcess:true}}", "hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)")]
    [InlineData("securityContext:{appArmorProfile:{type:'Unconfined'}}", "forbidden AppArmor profile (pod must not set AppArmor profile type to \"Unconfined\")")]
    public void Baseline_forbids_in_the_pod(string spec, string expected) => Assert.Equal(expected, Check("baseline:latest", spec, ""));

    [Theory]
    [InlineData("securityContext:{privileged:true}", "privileged (container \"c\" must not set securityContext.privileged=true)")]
    [InlineData("securityContext:{procMount:'Unmasked'}", "procMount (container \"c\" must not set securityContext.procMount to \"Unmasked\")")]
    [InlineData("securityContext:{capabilities:{add:['SYS_ADMIN','CHOWN','NET_RAW']}}", "non-default capabilities (container \"c\" must not include \"NET_RAW\", \"SYS_ADMIN\" in securityContext.capabilities.add)")]
    [InlineData("ports:[{containerPort:80,hostPort:80}]", "hostPort (container \"c\" uses hostPort 80)")]
    [InlineData("ports:[{containerPort:80,hostPort:80},{containerPort:81,hostPort:81}]", "hostPort (container \"c\" uses hostPorts 80, 81)")]
    [InlineData("livenessProbe:{httpGet:{host:'h',port:1}},lifecycle:{preStop:{tcpSocket:{host:'i',port:1}}}", "probe or lifecycle host (container \"c\" uses probe or lifecycle hosts \"h\", \"i\")")]
    [InlineData("securityContext:{seccompProfile:{type:'Unconfined'}}", "seccompProfile (container \"c\" must not set securityContext.seccompProfile.type to \"Unconfined\")")]
    [InlineData("securityContext:{seLinuxOptions:{user:'u'}}", "seLinuxOptions (container \"c\" set forbidden securityContext.seLinuxOptions: user may not be set)")]
    [InlineData("securityContext:{appArmorProfile:{type:'Unconfined'}}", "forbidden AppArmor profile (container \"c\" must not set AppArmor profile type to \"Unconfined\")")]
    [InlineData("securityContext:{allowPrivilegeEscalation:true,runAsUser:0}", "")]
    public void Baseline_forbids_in_a_container(string container, string expected) => Assert.Equal(expected, Check("baseline:latest", "", container));

    [Theory]
    [InlineData("", "", "allowPrivilegeEscalation != false (container \"c\" must set securityContext.allowPrivilegeEscalation=false), "
        + "unrestricted capabilities (container \"c\" must set securityContext.capabilities.drop=[\"ALL\"]), runAsNonRoot != true (pod or container \"c\" must set securityContext.runAsNonRoot=true), "
        + "seccompProfile (pod or container \"c\" must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")")]
    [InlineData("securityContext:{runAsNonRoot:true,seccompProfile:{type:'RuntimeDefault'}}", "HARDENED", "")]
    [InlineData("securityContext:{runAsNonRoot:true,seccompProfile:{type:'RuntimeDefault'},runAsUser:0}", "HARDENED", "runAsUser=0 (pod must not set runAsUser=0)")]
    [InlineData("securityContext:{runAsNonRoot:false,seccompProfile:{type:'RuntimeDefault'}}", "HARDENED", "runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false)")]
    [InlineData("hostUsers:false,securityContext:{runAsNonRoot:false,runAsUser:0,seccompProfile:{type:'RuntimeDefault'}}", "HARDENED", "")]
    [InlineData("securityContext:{runAsNonRoot:true,seccompProfile:{type:'Localhost'}},volumes:[{name:'v',hostPath:{path:'/'}},{name:'w',nfs:{}},{name:'x',emptyDir:{}},{name:'y'}]", "HARDENED",
        "restricted volume types (volumes \"v\", \"w\" use restricted volume types \"hostPath\", \"nfs\")")]
    [InlineData("securityContext:{runAsNonRoot:true,seccompProfile:{type:'Localhost'}},hostNetwork:true", "securityContext:{allowPrivilegeEscalation:false,capabilities:{drop:['ALL'],add:['NET_BIND_SERVICE','CHOWN']}}",
        "host namespaces (hostNetwork=true), unrestricted capabilities (container \"c\" must not include \"CHOWN\" in securityContext.capabilities.add)")]
    [InlineData("os:{name:'windows'},securityContext:{runAsNonRoot:true}", "", "")]
    public void Restricted_demands(string spec, string container, string expected) => Assert.Equal(expected, Check("restricted:latest", spec, container));

    [Theory]
    [InlineData("privileged:latest", "hostNetwork:true", "")]
    [InlineData("baseline:v1.26", "securityContext:{sysctls:[{name:'net.ipv4.ip_local_reserved_ports',value:'1'}]}", "forbidden sysctls (net.ipv4.ip_local_reserved_ports)")]
    [InlineData("baseline:v1.27", "securityContext:{sysctls:[{name:'net.ipv4.ip_local_reserved_ports',value:'1'}]}", "")]
    [InlineData("baseline:v1.18", "securityContext:{seccompProfile:{type:'Unconfined'}}", "")]
    [InlineData("restricted:v1.7", "securityContext:{runAsNonRoot:true}", "")]
    [InlineData("restricted:v1.21", "securityContext:{runAsNonRoot:true,seccompProfile:{type:'Localhost'}}", "allowPrivilegeEscalation != false (container \"c\" must set securityContext.allowPrivilegeEscalation=false)")]
    public void A_version_keeps_its_rules(string level, string spec, string expected) => Assert.Equal(expected, Check(level, spec, ""));

    [Fact]
    public void All_sorts_of_containers_count()
    {
        var spec = Parse("initContainers:[{name:'i',securityContext:{privileged:true}}],containers:[{name:'c'}],ephemeralContainers:[{name:'e',securityContext:{privileged:true}}]");
        Assert.Equal("privileged (containers \"i\", \"e\" must not set securityContext.privileged=true)", Details("baseline:latest", new PodView(null, spec)));
    }

    [Fact]
    public void Profiles_in_annotations_count()
    {
        var metadata = Parse("annotations:{'container.apparmor.security.beta.kubernetes.io/c':'unconfined','container.apparmor.security.beta.kubernetes.io/d':'localhost/x'}");
        Assert.Equal("forbidden AppArmor profile (annotation container.apparmor.security.beta.kubernetes.io/c=\"unconfined\")", Details("baseline:latest", new PodView(metadata, Parse("containers:[{name:'c'}]"))));
    }

    [Theory]
    [InlineData("enforce", "strict", "metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: \"strict\": must be one of privileged, baseline, restricted", "restricted:latest")]
    [InlineData("enforce-version", "v1.07", "metadata.labels[pod-security.kubernetes.io/enforce-version]: Invalid value: \"v1.07\": must be \"latest\" or \"v1.x\"", "privileged:latest")]
    [InlineData("enforce-version", "v1.99999999999", "metadata.labels[pod-security.kubernetes.io/enforce-version]: Invalid value: \"v1.99999999999\": must be \"latest\" or \"v1.x\"", "privileged:latest")]
    [InlineData("enforce", "baseline", null, "baseline:latest")]
    [InlineData("enforce-version", "v1.25", null, "privileged:v1.25")]
    public void Labels_are_read(string label, string value, string? error, string enforced)
    {
        var errors = new List<FieldError>();
        var policy = NamespacePolicy.Read([new("pod-security.kubernetes.io/" + label, value)], errors);
        Assert.Equal(error, errors.SingleOrDefault()?.ToString());
        Assert.Equal(enforced, policy.Enforce.ToString());
    }

    private static string Check(string level, string spec, string container)
    {
        var body = Parse(spec);
        body["containers"] = new JsonArray(container == "HARDENED" ? JsonNode.Parse($$"""{"name":"c",{{Hardened}}}""") : Parse("name:'c'" + (container.Length == 0 ? "" : "," + container)));
        return Details(level, new PodView(null, body));
    }

    private static string Details(string level, PodView pod)
    {
        var (name, version) = (level.Split(':')[0], level.Split(':')[1]);
        var policy = NamespacePolicy.Read([new("pod-security.kubernetes.io/enforce", name), new("pod-security.kubernetes.io/enforce-version", version)], []);
        return Violation.Details(PodStandards.Violations(policy.Enforce, pod));
    }

    /// <summary>Reads fields in a short form: names without quotes, texts in single ones.</summary>
    private static JsonObject Parse(string fields)
    {
        var text = System.Text.RegularExpressions.Regex.Replace("{" + fields + "}", @"(?<=[{,])(\w+):", "\"$1\":").Replace('\'', '"');
        return JsonNode.Parse(text)!.AsObject();
    }
}
