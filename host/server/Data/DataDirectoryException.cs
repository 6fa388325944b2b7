namespace FastRelay.Server.Data;

/// <summary>What the server keeps can't be read or written; the message says which file and what to do.</summary>
public sealed class DataDirectoryException : Exception
{
    /// <summary>With a message for the operator.</summary>
    public DataDirectoryException(string message)
        : base(message)
    {
    }

    /// <summary>With a message for the operator and its cause.</summary>
    public DataDirectoryException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
