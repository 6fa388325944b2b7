namespace FastRelay.Load.Reports;

/// <summary>One phase of a run as plain lines. Thread-safe.</summary>
internal sealed class ProgressLines
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly string _name;
    private readonly TextWriter _output;
    private readonly TimeProvider _time;
    private readonly long _started;
    private long _told;
    private bool _done;

    /// <summary>Begins it and says so.</summary>
    public ProgressLines(string name, TextWriter output, TimeProvider time)
    {
        _name = name;
        _output = output;
        _time = time;
        _started = _told = time.GetTimestamp();
        output.WriteLine($"{name} …");
    }

    /// <summary>Tells the share that is done, 0 to 1.</summary>
    public void Tell(double share)
    {
        lock (_gate)
        {
            if (_done || (share < 1 && _time.GetElapsedTime(_told) < Between)) return;
            _done = share >= 1;
            _told = _time.GetTimestamp();
            _output.WriteLine(_done ? $"{_name}: done in {Figure.Format(_time.GetElapsedTime(_started).TotalSeconds, 1)} s" : $"{_name}: {Figure.Format(share * 100)} %");
        }
    }
}
