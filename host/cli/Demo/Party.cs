namespace FastRelay.Cli.Demo;

/// <summary>The three parties of the demonstration.</summary>
internal enum Party
{
    /// <summary>The request issuance equipment.</summary>
    Issuer,
    /// <summary>The server apparatus.</summary>
    Server,
    /// <summary>The request acceptance equipment.</summary>
    Device,
}
