using Minik8s.ControlLoop;

namespace Minik8s.Proxy.Rules;

/// <summary>A service that wants frontends. Of several that want the same one the oldest has it, so that nobody can take over another's address.</summary>
internal readonly record struct FrontendOwner(DateTime Created, ObjectKey Service) : IComparable<FrontendOwner>
{
    public int CompareTo(FrontendOwner other)
    {
        var order = Created.CompareTo(other.Created);
        if (order == 0) order = string.CompareOrdinal(Service.Namespace, other.Service.Namespace);
        return order != 0 ? order : string.CompareOrdinal(Service.Name, other.Service.Name);
    }
}
