using System.Net;
using System.Net.NetworkInformation;

namespace FastRelay.Server.Data;

/// <summary>The names and addresses under which clients may dial this machine: what the server certificate covers (SPEC 4.5, rule 4).</summary>
/// <param name="DnsNames">Lower case, without repeats.</param>
/// <param name="Addresses">Without scope ids and repeats.</param>
public sealed record LocalNames(IReadOnlyList<string> DnsNames, IReadOnlyList<IPAddress> Addresses)
{
    /// <summary>A host with very many addresses would make a chain that no client reads (SPEC 4.4: 8,192 bytes).</summary>
    private const int MostAddresses = 64;

    /// <summary>localhost, the loopback addresses, the host's name, its interfaces' addresses, and the operator's own.</summary>
    public static LocalNames Gather(IEnumerable<string> operatorNames)
    {
        var names = new List<string> { "localhost" };
        var addresses = new List<IPAddress> { IPAddress.Loopback, IPAddress.IPv6Loopback };
        foreach (string name in operatorNames)
        {
            if (IPAddress.TryParse(name, out var address)) addresses.Add(address);
            else names.Add(name);
        }
        string host = Dns.GetHostName();
        if (Uri.CheckHostName(host) == UriHostNameType.Dns) names.Add(host);
        addresses.AddRange(InterfaceAddresses());
        return new LocalNames(
            [.. names.Select(n => n.ToLowerInvariant()).Distinct(StringComparer.Ordinal)],
            [.. addresses.Select(a => new IPAddress(a.GetAddressBytes())).Distinct().Take(MostAddresses)]);
    }

    private static IEnumerable<IPAddress> InterfaceAddresses()
    {
        try
        {
            return [.. NetworkInterface.GetAllNetworkInterfaces()
                .Where(i => i.OperationalStatus == OperationalStatus.Up)
                .SelectMany(i => i.GetIPProperties().UnicastAddresses)
                .Select(a => a.Address)];
        }
        catch (NetworkInformationException)
        {
            return []; // a sandbox without netlink: the operator names what is missing
        }
    }
}
