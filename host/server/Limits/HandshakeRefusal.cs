namespace FastRelay.Server.Limits;

/// <summary>Why a handshake was refused at its HELLO or before its key exchange.</summary>
public enum HandshakeRefusal
{
    /// <summary>Under load: its prefix starts handshakes too fast.</summary>
    TooFast,
    /// <summary>As many wait for their turn as may.</summary>
    QueueFull,
}
