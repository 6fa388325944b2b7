namespace FastRelay.Engine.Streams;

/// <summary>Whoever has a deadline (<see cref="StreamDeadlines"/>).</summary>
public interface IStreamDeadline
{
    /// <summary>The deadline has passed.</summary>
    void OnDeadline();
}
