using FastRelay.Protocol.Tracing;
using FastRelay.Protocol.Wire;

namespace FastRelay.Cli.Demo;

/// <summary>One report of one party.</summary>
/// <param name="Timestamp">Of the machine's monotonic clock.</param>
/// <param name="Party">Who reported it.</param>
/// <param name="Event">What.</param>
internal readonly record struct TracedSignal(long Timestamp, Party Party, SignalEvent Event)
{
    /// <summary>Who it goes to; null for what isn't a message.</summary>
    public Party? Recipient => (Event.Signal, Party) switch
    {
        (Signal.PasswordChecked, _) => null,
        (Signal.CommunicationRequest or Signal.Accept or Signal.Data, Party.Issuer) => Party.Device,
        (Signal.CommunicationRequest or Signal.Accept or Signal.Data, _) => Party.Issuer,
        (_, Party.Server) => Event.Role == ConnectionRole.Issuer ? Party.Issuer : Party.Device,
        _ => Party.Server,
    };
}
