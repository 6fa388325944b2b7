using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace FastRelay.Tests.Support;

/// <summary>Remembers the ids of the events that were logged.</summary>
public sealed class EventRecorder : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<int> _events = new();

    public IReadOnlyCollection<int> Events => _events;

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _events.Enqueue(eventId.Id);

    public void Dispose()
    {
    }
}
