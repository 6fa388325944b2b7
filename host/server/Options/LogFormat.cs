namespace FastRelay.Server.Options;

/// <summary>The form of the log's lines.</summary>
public enum LogFormat
{
    /// <summary>Text for people.</summary>
    Console,
    /// <summary>A JSON object a line.</summary>
    Json,
}
