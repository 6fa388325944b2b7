namespace FastRelay.Server.Options;

/// <summary>The life of the certificates that this server issues to itself.</summary>
public sealed class CertificateOptions
{
    /// <summary>The life of the certificate authority made on first start. What clients trust: it isn't renewed by itself.</summary>
    public TimeSpan AuthorityLifetime { get; set; } = TimeSpan.FromDays(3650);

    /// <summary>The life of the server certificate.</summary>
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromDays(90);

    /// <summary>How long before its end the server certificate is replaced: for so long the old one and the new one hold together.</summary>
    public TimeSpan RenewBefore { get; set; } = TimeSpan.FromDays(30);
}
