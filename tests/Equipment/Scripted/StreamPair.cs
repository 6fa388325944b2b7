namespace FastRelay.Equipment.Tests.Scripted;

/// <summary>Both ends of one connection, made through the whole path.</summary>
internal sealed class StreamPair : IAsyncDisposable
{
    private readonly TaskCompletionSource _done = new();

    private StreamPair(Loop loop) => Loop = loop;

    public Loop Loop { get; }

    public RelayStream Issuer { get; private set; } = null!;

    public RelayStream Device { get; private set; } = null!;

    public static async Task<StreamPair> CreateAsync()
    {
        var pair = new StreamPair(Loop.Start());
        var served = new TaskCompletionSource<RelayStream>();
        pair.Loop.OnConnection = (stream, _) =>
        {
            served.SetResult(stream);
            return pair._done.Task;
        };
        (pair.Issuer, _) = await pair.Loop.ConnectAsync();
        pair.Device = await served.Task.WaitAsync(TimeSpan.FromSeconds(10));
        return pair;
    }

    public async ValueTask DisposeAsync()
    {
        _done.TrySetResult();
        await Loop.DisposeAsync();
    }
}
