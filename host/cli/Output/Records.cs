#pragma warning disable MA0048 // one table of what --json prints: it is read as a whole by whoever parses it
namespace FastRelay.Cli.Output;

/// <summary><c>fastrelay --version</c>.</summary>
internal sealed record VersionRecord(string Version);

/// <summary><c>fastrelay id</c>.</summary>
internal sealed record IdRecord(string Id);

/// <summary><c>fastrelay serve</c>, once it listens.</summary>
internal sealed record ServeRecord(
    string Event, string Address, string? Http, string Data, string Trust, string CertificateFile, string DeviceCommand, string ConnectCommand);

/// <summary><c>fastrelay device</c>: <c>started</c> at once, then <c>registered</c> when the server knows it.</summary>
internal sealed record DeviceRecord(string Event, string Id, string Server, string Expose, string? PasswordFile);

/// <summary><c>fastrelay connect --local</c>, once it listens.</summary>
internal sealed record ConnectRecord(string Event, string Id, string Address);

/// <summary><c>fastrelay ping</c>: one round trip of request and answer.</summary>
internal sealed record PingRecord(string Id, int Number, double Milliseconds);

/// <summary><c>fastrelay demo</c>: one signal.</summary>
/// <param name="Event"><c>step</c>.</param>
/// <param name="Route">Which of the two ways to the device is shown: <c>P4</c> or <c>P1-fast</c>.</param>
/// <param name="Milliseconds">Since the start of the route.</param>
/// <param name="From">Who sent it.</param>
/// <param name="To">Who it is for; null where nothing is sent.</param>
/// <param name="Term">Its name in the claims, or what it is when the claims don't name it.</param>
/// <param name="Claims">Numbers of the claims that name it.</param>
/// <param name="Message">Its name in the SPEC.</param>
/// <param name="Bytes">Bytes on the wire.</param>
internal sealed record DemoStepRecord(
    string Event, string Route, double Milliseconds, string From, string? To, string Term, IReadOnlyList<int> Claims, string Message, int Bytes);

/// <summary><c>fastrelay demo</c>: the outcome of one part.</summary>
internal sealed record DemoOutcomeRecord(string Event, string Part, bool Passed, string Detail);
