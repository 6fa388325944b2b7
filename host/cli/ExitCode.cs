namespace FastRelay.Cli;

/// <summary>What the process ends with, so that scripts can tell failures apart. Part of the interface: numbers don't change.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Success = 0;

    /// <summary>Anything that has no number of its own.</summary>
    public const int Failure = 1;

    /// <summary>The command line or the configuration can't be used as it is.</summary>
    public const int Usage = 2;

    /// <summary>The device or the server can't be reached now; the same command may work later.</summary>
    public const int Unavailable = 3;

    /// <summary>The server's certificate isn't one that is trusted.</summary>
    public const int TrustRefused = 4;

    /// <summary>The password isn't the device's, or too many wrong ones were tried.</summary>
    public const int PasswordRefused = 5;

    /// <summary>The server stopped by itself because a part of it died; its log says which. Start it anew.</summary>
    public const int Died = 6;
}
