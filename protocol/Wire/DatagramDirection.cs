namespace FastRelay.Protocol.Wire;

/// <summary>The first word of a datagram's nonce (SPEC 7.1): one key serves both directions and no nonce repeats.</summary>
internal enum DatagramDirection : uint
{
    FromDevice = 0,
    FromServer = 1,
    ResumeFromServer = 2,
}
