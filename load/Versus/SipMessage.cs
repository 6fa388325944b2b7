using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace FastRelay.Load.Versus;

/// <summary>
/// A SIP REGISTER of one contact (RFC 3261 10.2), and what of its answer has to be right. Every address of record is a user
/// <c>d</c> and a number of 8 digits, so that a request is a template in which a few digits change.
/// </summary>
internal sealed class SipMessage
{
    /// <summary>Digits of each number in it.</summary>
    private const int Digits = 8;

    private const int StatusEnd = 12;
    private readonly byte[] _template;
    private readonly int[] _deviceAt;
    private readonly int[] _sequenceAt;

    /// <summary>Makes the template.</summary>
    /// <param name="host">The registrar's domain, such as <c>127.0.0.1:5060</c>.</param>
    public SipMessage(string host)
    {
        const string Device = "DDDDDDDD";
        const string Sequence = "SSSSSSSS";
        // The contact and the Via name an address that is ours on loopback; rport has the answer come back to where the request came from.
        string text = string.Create(CultureInfo.InvariantCulture, $"""
            REGISTER sip:{host} SIP/2.0
            Via: SIP/2.0/UDP 127.0.0.1:5062;rport;branch=z9hG4bK{Device}{Sequence}
            Max-Forwards: 70
            From: <sip:d{Device}@{host}>;tag={Device}
            To: <sip:d{Device}@{host}>
            Call-ID: {Device}@load
            CSeq: {Sequence} REGISTER
            Contact: <sip:d{Device}@127.0.0.1:5062>
            Expires: 3600
            Content-Length: 0


            """).ReplaceLineEndings("\r\n");
        _deviceAt = Places(text, Device);
        _sequenceAt = Places(text, Sequence);
        _template = Encoding.ASCII.GetBytes(text);
    }

    /// <summary>Bytes of each request.</summary>
    public int Size => _template.Length;

    /// <summary>Writes a request.</summary>
    /// <param name="destination">At least <see cref="Size"/> bytes.</param>
    /// <param name="device">Which address of record, below 100,000,000.</param>
    /// <param name="sequence">The number of the request, below 100,000,000; greater than the device's one before.</param>
    /// <returns>Bytes.</returns>
    public int Write(Span<byte> destination, uint device, uint sequence)
    {
        _template.CopyTo(destination);
        foreach (int at in _deviceAt) WriteDigits(destination.Slice(at, Digits), device);
        foreach (int at in _sequenceAt) WriteDigits(destination.Slice(at, Digits), sequence);
        return _template.Length;
    }

    /// <summary>
    /// Whether a datagram is a final 200 to a request: its status line, a CSeq of the same number and method, a Call-ID of the same device, and
    /// an empty line at the end of its headers.
    /// </summary>
    public static bool IsOk(ReadOnlySpan<byte> datagram, uint device, uint sequence)
    {
        if (datagram.Length < StatusEnd || !datagram.StartsWith("SIP/2.0 200 "u8)) return false;
        int end = datagram.IndexOf("\r\n\r\n"u8);
        if (end < 0) return false;
        var headers = datagram[..(end + 2)];
        return TryFind(headers, "CSeq"u8, out var cseq) && IsNumber(cseq, sequence, " REGISTER"u8)
            && TryFind(headers, "Call-ID"u8, out var call) && IsNumber(call, device, "@load"u8);
    }

    /// <summary>A header's value; names are taken without regard to case (RFC 3261 7.3.1). The first header of the name counts.</summary>
    private static bool TryFind(ReadOnlySpan<byte> headers, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        value = default;
        for (var rest = headers; rest.IndexOf("\r\n"u8) is >= 0 and int end; rest = rest[(end + 2)..])
        {
            var line = rest[..end];
            int colon = line.IndexOf((byte)':');
            if (colon < 0 || !Ascii.EqualsIgnoreCase(Trimmed(line[..colon]), name)) continue;
            value = Trimmed(line[(colon + 1)..]);
            return true;
        }
        return false;
    }

    private static ReadOnlySpan<byte> Trimmed(ReadOnlySpan<byte> text) => text[Ascii.Trim(text)];

    private static bool IsNumber(ReadOnlySpan<byte> value, uint number, ReadOnlySpan<byte> after) =>
        Utf8Parser.TryParse(value, out uint read, out int used) && read == number && value[used..].SequenceEqual(after);

    private static void WriteDigits(Span<byte> destination, uint value)
    {
        for (int i = Digits - 1; i >= 0; i--)
        {
            destination[i] = (byte)('0' + (value % 10));
            value /= 10;
        }
    }

    private static int[] Places(string text, string of)
    {
        List<int> places = [];
        for (int at = text.IndexOf(of, StringComparison.Ordinal); at >= 0; at = text.IndexOf(of, at + of.Length, StringComparison.Ordinal)) places.Add(at);
        return [.. places];
    }
}
