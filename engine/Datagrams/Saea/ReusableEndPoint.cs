using System.Net;
using System.Net.Sockets;

namespace FastRelay.Engine.Datagrams.Saea;

/// <summary>
/// An endpoint that is a native address in place. The socket library asks an endpoint for its native form before an
/// operation and for a new endpoint after a receive; this one gives out the same objects each time, so that neither
/// allocates.
/// </summary>
internal sealed class ReusableEndPoint(AddressFamily family) : EndPoint
{
    private readonly SocketAddress _native = new(family);

    public override AddressFamily AddressFamily => family;

    public DatagramAddress Read(out uint scopeId) => DatagramAddress.ReadNative(_native.Buffer.Span, family, out scopeId);

    public void Write(in DatagramAddress address, uint scopeId) => address.WriteNative(_native.Buffer.Span, family, scopeId);

    public override SocketAddress Serialize() => _native;

    public override EndPoint Create(SocketAddress socketAddress)
    {
        if (!ReferenceEquals(socketAddress, _native)) socketAddress.Buffer.Span[.._native.Size].CopyTo(_native.Buffer.Span);
        return this;
    }
}
