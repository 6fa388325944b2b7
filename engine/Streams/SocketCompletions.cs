namespace FastRelay.Engine.Streams;

/// <summary>
/// Where the base library reports what its sockets have done: by default it hands each event to the thread pool, whose wake-ups cost a
/// server that isn't saturated more than what it does with the event (docs/decisions/0012).
/// </summary>
public static class SocketCompletions
{
    private const string Variable = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>
    /// Has sockets' events handled on the threads that wait for them, of which there is one a processor. For a program in which nothing
    /// blocks that is awaited from a socket, and before its first socket: later it does nothing, as it does where the variable is set
    /// from outside (0 keeps the default) and on other systems than Unix.
    /// </summary>
    public static void RunInline()
    {
        if (Environment.GetEnvironmentVariable(Variable) is null) Environment.SetEnvironmentVariable(Variable, "1");
    }
}
