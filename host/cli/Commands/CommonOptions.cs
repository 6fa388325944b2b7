using System.CommandLine;
using FastRelay.Equipment;
using FastRelay.Protocol;
using Microsoft.Extensions.Logging;

namespace FastRelay.Cli.Commands;

/// <summary>The options that several commands share, and what is read from the environment in their place.</summary>
internal static class CommonOptions
{
    public static Option<bool> Json { get; } = new("--json") { Description = "Print JSON, one object a line.", Recursive = true };

    public static Option<bool> Verbose { get; } = new("--verbose") { Description = "After an unexpected failure, print where it happened.", Recursive = true };

    public static Option<string?> Server { get; } = new("--server")
    {
        Description = "The server. Default: FASTRELAY_SERVER.",
        HelpName = "HOST:PORT",
    };

    public static Option<string?> Trust { get; } = new("--trust")
    {
        Description = "Whom to take for that server: a certificate file, sha256:HEX as the server prints it, or system. Default: FASTRELAY_TRUST, else system.",
        HelpName = "FILE|sha256:HEX|system",
    };

    public static Option<string?> ServerName { get; } = new("--server-name")
    {
        Description = "The name that the server's certificate must carry, when it isn't the host that is dialled.",
        HelpName = "NAME",
    };

    public static Option<int> FromPort { get; } = new("--from-port")
    {
        Description = "The local port to dial the server from, on which the device is then awaited: the one that a firewall or NAT lets in. Default: any.",
        HelpName = "PORT",
    };

    public static Option<FileInfo?> PasswordFile { get; } = new("--password-file")
    {
        Description = "The file that holds the password. Else FASTRELAY_PASSWORD, else you are asked.",
        HelpName = "FILE",
    };

    public static Option<DirectoryInfo?> DeviceData { get; } = new("--data")
    {
        Description = "The directory that holds the device's keys, and so its ID.",
        HelpName = "DIR",
    };

    public static Option<LogLevel> LogLevel { get; } = new("--log-level")
    {
        Description = "Log to standard error from this level on: Trace, Debug, Information, Warning, Error, Critical or None.",
        HelpName = "LEVEL",
        DefaultValueFactory = _ => Microsoft.Extensions.Logging.LogLevel.Information,
    };

    public static Argument<string> Id { get; } = new("ID") { Description = "The device's ID, as the device prints it." };

    /// <summary>The server that the command line or the environment names.</summary>
    /// <exception cref="CommandFailure">None is named, or what is named isn't HOST:PORT.</exception>
    public static ServerAddress ServerOf(ParseResult parsed)
    {
        (string source, string? text) = Given(parsed.GetValue(Server), "--server", "FASTRELAY_SERVER");
        if (text is null) throw CommandFailure.Usage("which server? Give --server HOST:PORT or set FASTRELAY_SERVER");
        if (ServerAddress.TryParse(text, out var address)) return Named(address, parsed.GetValue(ServerName));
        throw CommandFailure.Usage($"{source}: '{text}' isn't HOST:PORT, such as relay.example.org:7800 or [2001:db8::1]:7800");
    }

    /// <summary>What an issuer needs, from the options.</summary>
    public static IssuerOptions IssuerOf(ParseResult parsed) => new()
    {
        Server = ServerOf(parsed),
        Trust = TrustOf(parsed),
        LocalPort = parsed.GetValue(FromPort),
    };

    /// <summary>The trust that the command line or the environment names; the machine's own store when neither does.</summary>
    /// <exception cref="CommandFailure">A fingerprint that isn't one, or a file that isn't there.</exception>
    public static ServerTrust TrustOf(ParseResult parsed)
    {
        (string source, string? text) = Given(parsed.GetValue(Trust), "--trust", "FASTRELAY_TRUST");
        if (text is null) return ServerTrust.SystemStore;
        if (text != "system" && !text.StartsWith("sha256:", StringComparison.OrdinalIgnoreCase) && !File.Exists(text))
            throw CommandFailure.Usage($"{source}: there is no file '{text}'; give a certificate file, sha256:HEX or system");
        try
        {
            return ServerTrust.Parse(text);
        }
        catch (FormatException e)
        {
            throw CommandFailure.Usage($"{source}: {e.Message}");
        }
    }

    /// <summary>The device that was named.</summary>
    /// <exception cref="CommandFailure">Not an ID: says what is wrong with it, and where.</exception>
    public static DeviceId IdOf(ParseResult parsed)
    {
        var error = DeviceId.Parse(parsed.GetRequiredValue(Id), out var id);
        return error.Kind == DeviceIdTextErrorKind.None ? id : throw CommandFailure.Usage($"ID: {error}; compare it with what the device prints");
    }

    /// <summary>The device's data directory; <c>fastrelay/device</c> of the user's local data unless one is given.</summary>
    public static string DeviceDataOf(ParseResult parsed) =>
        parsed.GetValue(DeviceData)?.FullName
        ?? Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "fastrelay", "device");

    private static ServerAddress Named(ServerAddress address, string? name)
    {
        try
        {
            return name is null ? address : address.WithCertificateName(name);
        }
        catch (ArgumentException)
        {
            throw CommandFailure.Usage($"--server-name: '{name}' isn't a DNS name or an IP address");
        }
    }

    private static (string Source, string? Text) Given(string? option, string name, string variable) =>
        option is not null ? (name, option)
        : Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? (variable, value)
        : (name, null);
}
