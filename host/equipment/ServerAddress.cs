using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace FastRelay.Equipment;

/// <summary>Where a server is: a host name or an IP address, and a port; written <c>HOST:PORT</c>, IPv6 as <c>[ADDRESS]:PORT</c>.</summary>
public sealed record ServerAddress : IParsable<ServerAddress>
{
    private readonly IPAddress? _literal;

    /// <summary>Takes a host and a port.</summary>
    /// <param name="host">A DNS name of at most 253 ASCII characters, or an IP address without brackets.</param>
    /// <param name="port">1 to 65535.</param>
    /// <exception cref="ArgumentException">The host isn't a name or an address.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The port is out of range.</exception>
    public ServerAddress(string host, int port)
    {
        ArgumentException.ThrowIfNullOrEmpty(host);
        ArgumentOutOfRangeException.ThrowIfLessThan(port, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, 65535);
        if (!IPAddress.TryParse(host, out _literal) && !IsName(host))
            throw new ArgumentException("A host is a DNS name or an IP address.", nameof(host));
        Host = host;
        Port = port;
        CertificateName = host;
    }

    /// <summary>The name or address as it was given.</summary>
    public string Host { get; }

    /// <summary>The TCP port.</summary>
    public int Port { get; }

    /// <summary>Whether the host is an IP address and not a name.</summary>
    public bool IsLiteral => _literal is not null;

    /// <summary>The name for HELLO's server_name (SPEC 4.3): empty when the host is an IP address.</summary>
    public string ServerName => IsLiteral ? string.Empty : Host;

    /// <summary>The name or address that the server's certificate must carry (SPEC 4.5 rule 4): the host, unless another was given.</summary>
    public string CertificateName { get; private init; }

    /// <summary>The same server, whose certificate carries another name than the one that is dialled: behind a forwarded port, say.</summary>
    /// <exception cref="ArgumentException">Not a name or an address.</exception>
    public ServerAddress WithCertificateName(string name) =>
        !string.IsNullOrEmpty(name) && (IPAddress.TryParse(name, out _) || IsName(name))
            ? this with { CertificateName = name }
            : throw new ArgumentException("A certificate carries a DNS name or an IP address.", nameof(name));

    /// <summary>Reads <c>HOST:PORT</c>.</summary>
    /// <exception cref="FormatException">The text isn't a server's address.</exception>
    public static ServerAddress Parse(string s) => Parse(s, null);

    /// <inheritdoc/>
    public static ServerAddress Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var address)
            ? address
            : throw new FormatException("A server is written HOST:PORT, for example relay.example.org:4710 or [2001:db8::1]:4710.");

    /// <summary>Reads <c>HOST:PORT</c>.</summary>
    public static bool TryParse([NotNullWhen(true)] string? s, [MaybeNullWhen(false)] out ServerAddress result) =>
        TryParse(s, null, out result);

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out ServerAddress result)
    {
        result = null;
        int colon = s?.LastIndexOf(':') ?? -1;
        if (colon <= 0) return false;
        if (!ushort.TryParse(s.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) || port == 0) return false;
        string host = s![..colon];
        bool bracketed = host.Length > 2 && host[0] == '[' && host[^1] == ']';
        if (bracketed) host = host[1..^1];
        bool literal = IPAddress.TryParse(host, out var ip);
        bool isV6 = literal && ip!.AddressFamily == AddressFamily.InterNetworkV6;
        if (bracketed != isV6 || (!literal && !IsName(host))) return false;
        result = new ServerAddress(host, port);
        return true;
    }

    /// <summary>The addresses to try, in the resolver's order.</summary>
    /// <exception cref="EquipmentException">The name has no address (<see cref="EquipmentError.Network"/>).</exception>
    internal async Task<IPEndPoint[]> ResolveAsync(CancellationToken cancellationToken)
    {
        if (_literal is not null) return [new IPEndPoint(_literal, Port)];
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(Host, cancellationToken);
            if (addresses.Length > 0) return Array.ConvertAll(addresses, a => new IPEndPoint(a, Port));
        }
        catch (SocketException e)
        {
            throw NoAddress(e);
        }
        throw NoAddress(null);

        EquipmentException NoAddress(Exception? inner) =>
            new(EquipmentError.Network, $"The name {Host} has no address; check its spelling and this machine's DNS.", inner);
    }

    /// <inheritdoc/>
    public bool Equals(ServerAddress? other) =>
        other is not null && Port == other.Port && string.Equals(Host, other.Host, StringComparison.OrdinalIgnoreCase)
        && string.Equals(CertificateName, other.CertificateName, StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(StringComparer.OrdinalIgnoreCase.GetHashCode(Host), Port);

    /// <inheritdoc/>
    public override string ToString() =>
        _literal?.AddressFamily == AddressFamily.InterNetworkV6
            ? string.Create(CultureInfo.InvariantCulture, $"[{Host}]:{Port}")
            : string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");

    private static bool IsName(string host)
    {
        if (host.Length is 0 or > 253) return false;
        foreach (var label in host.AsSpan().TrimEnd('.').Split('.'))
        {
            var text = host.AsSpan()[label];
            if (text.Length is 0 or > 63 || text[0] == '-' || text[^1] == '-') return false;
            foreach (char c in text)
                if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_')) return false;
        }
        return true;
    }
}
