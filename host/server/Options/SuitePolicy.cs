namespace FastRelay.Server.Options;

/// <summary>
/// Which suites the server takes part in (SPEC 1.3). The highest that both sides have is used, so whoever asks for P-384 gets it,
/// at some twenty times the server's work where the platform has no fast arithmetic for it (OpenSSL 3.0): hence not by default.
/// </summary>
public enum SuitePolicy
{
    /// <summary>Suite 1 alone.</summary>
    P256,
    /// <summary>Suites 1 and 2.</summary>
    P256AndP384,
}
