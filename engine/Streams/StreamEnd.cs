namespace FastRelay.Engine.Streams;

/// <summary>How one direction of a stream connection ended. A result, not an exception: peers end connections as they like.</summary>
public enum StreamEnd
{
    /// <summary>It hasn't ended.</summary>
    Open,
    /// <summary>In order, with a FIN: reading, everything the peer sent has come; writing, everything has been handed to the kernel.</summary>
    Finished,
    /// <summary>The peer reset the connection (RST), or it was gone when we wrote: bytes may be missing.</summary>
    Reset,
    /// <summary>This side ended it: <see cref="StreamConnection.Abort"/>, disposal, or a reader that was completed early.</summary>
    Aborted,
    /// <summary>The deadline passed (<see cref="StreamConnection.SetDeadline"/>).</summary>
    DeadlinePassed,
    /// <summary>The network failed in another way (unreachable, timed out, out of buffers): bytes may be missing.</summary>
    Failed,
}
