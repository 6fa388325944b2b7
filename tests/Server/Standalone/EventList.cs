using Microsoft.Extensions.Logging;

namespace FastRelay.Server.Tests.Standalone;

/// <summary>Keeps what is logged.</summary>
internal sealed class EventList : ILogger
{
    public List<(int Id, string Text)> Events { get; } = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Events.Add((eventId.Id, formatter(state, exception)));
}
