namespace FastRelay.Load;

/// <summary>A load run couldn't be made; the message is for the person who asked for it.</summary>
internal sealed class LoadException(string message, Exception? cause = null) : Exception(message, cause);
