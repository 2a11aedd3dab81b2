using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Minik8s.ApiServer.Services;

/// <summary>The network that Services take their addresses from. Of a large one only the first 65,536 addresses are given out.</summary>
public sealed class ServiceNetwork
{
    private const int LargestBits = 16;
    private readonly IPNetwork _network;
    private readonly UInt128 _base;

    public ServiceNetwork(IPNetwork network)
    {
        _network = network;
        _base = ToNumber(network.BaseAddress);
        var bits = (network.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? 32 : 128) - network.PrefixLength;
        var size = 1 << Math.Min(bits, LargestBits);
        // The first address is the network's own; the last one of an IPv4 network is its broadcast address.
        var count = Math.Max(0, size - (network.BaseAddress.AddressFamily == AddressFamily.InterNetwork && bits <= LargestBits ? 2 : 1));
        Range = new AllocationRange(1, count, AllocationRange.AddressBand(count));
    }

    public string Family => _network.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? "IPv4" : "IPv6";

    /// <summary>Offsets from the network's address.</summary>
    public AllocationRange Range { get; }

    public bool Contains(IPAddress address) => _network.Contains(address);

    public IPAddress At(int offset)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, _base + (UInt128)offset);
        return new IPAddress(Family == "IPv4" ? bytes[12..] : bytes);
    }

    public override string ToString() => _network.ToString();

    private static UInt128 ToNumber(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        address.TryWriteBytes(address.AddressFamily == AddressFamily.InterNetwork ? bytes[12..] : bytes, out _);
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }
}
