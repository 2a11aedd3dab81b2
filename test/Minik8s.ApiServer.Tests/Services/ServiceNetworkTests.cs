using System.Net;
using Minik8s.ApiServer.Services;

namespace Minik8s.ApiServer.Tests.Services;

public sealed class ServiceNetworkTests
{
    [Theory]
    [InlineData("10.43.0.0/16", "10.43.0.1", "10.43.255.254", 65534)]
    [InlineData("10.96.0.0/12", "10.96.0.1", "10.96.255.255", 65535)]
    [InlineData("10.43.16.0/20", "10.43.16.1", "10.43.31.254", 4094)]
    [InlineData("192.168.1.128/28", "192.168.1.129", "192.168.1.142", 14)]
    [InlineData("2001:db8::/108", "2001:db8::1", "2001:db8::ffff", 65535)]
    public void Addresses_lie_between_the_networks_own_and_its_broadcast_address(string network, string first, string last, int count)
    {
        var services = new ServiceNetwork(IPNetwork.Parse(network));
        Assert.Equal(count, services.Range.Count);
        Assert.Equal(first, services.At(services.Range.First).ToString());
        Assert.Equal(last, services.At(services.Range.First + count - 1).ToString());
        Assert.True(services.Contains(services.At(services.Range.First + count - 1)));
    }
}
