using System.CommandLine;
using System.Net;
using FastRelay.Cli.Forwarding;
using FastRelay.Cli.Output;
using FastRelay.Cli.Secrets;
using FastRelay.Equipment;

namespace FastRelay.Cli.Commands;

/// <summary>
/// <c>fastrelay connect ID</c>: a connection to what the device exposes, on standard input and output (for ssh's ProxyCommand) or on a
/// local port.
/// </summary>
internal static class ConnectCommand
{
    private static readonly Option<bool> Stdio = new("--stdio")
    {
        Description = "Carry one connection on standard input and output; made for ssh -o ProxyCommand.",
    };

    private static readonly Option<string?> Local = new("--local")
    {
        Description = "Listen here and carry each accepted connection to the device.",
        HelpName = "ADDR:PORT",
    };

    public static Command Create()
    {
        var command = new Command("connect", "Reach a device's service by the device's ID.")
        {
            CommonOptions.Id, CommonOptions.Server, CommonOptions.Trust, CommonOptions.ServerName, CommonOptions.FromPort,
            CommonOptions.PasswordFile, Stdio, Local,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        string? local = parsed.GetValue(Local);
        if (parsed.GetValue(Stdio) == local is not null) throw CommandFailure.Usage("give one of --stdio and --local ADDR:PORT");
        var bind = local is null ? null : EndPointOf(local);
        var id = CommonOptions.IdOf(parsed);
        await using var issuer = Issuer.Create(CommonOptions.IssuerOf(parsed));
        string password = PasswordSource.ForConnecting(parsed.GetValue(CommonOptions.PasswordFile));

        if (bind is null)
        {
            await using var stream = await issuer.ConnectAsync(id, password, cancellation);
            await StdioForwarder.RunAsync(stream, cancellation);
            return ExitCode.Success;
        }

        // A wrong password, an untrusted server or an absent device is told now, not to the first one who connects.
        await issuer.PingAsync(id, password, cancellation);
        using var listener = LocalListener.Bind(bind, token => issuer.ConnectAsync(id, password, token));
        new Printer(parsed.GetValue(CommonOptions.Json)).Print(
            new ConnectRecord("listening", id.ToString(), listener.EndPoint.ToString()), OutputJson.Default.ConnectRecord,
            $"{listener.EndPoint} leads to {id}");
        await listener.RunAsync(cancellation);
        return ExitCode.Success;
    }

    private static IPEndPoint EndPointOf(string text) =>
        IPEndPoint.TryParse(text, out var endPoint) && text.Contains(':', StringComparison.Ordinal) && (text[0] == '[' || text.Count(c => c == ':') == 1)
            ? endPoint
            : throw CommandFailure.Usage($"--local: '{text}' isn't ADDR:PORT with a literal address, such as 127.0.0.1:2222 or [::1]:2222");
}
