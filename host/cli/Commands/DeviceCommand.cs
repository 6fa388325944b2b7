using System.CommandLine;
using FastRelay.Cli.Output;
using FastRelay.Cli.Secrets;
using FastRelay.Equipment;
using FastRelay.Server.Logging;
using FastRelay.Server.Options;
using Microsoft.Extensions.Logging;

namespace FastRelay.Cli.Commands;

/// <summary><c>fastrelay device</c>: keeps this machine reachable by its ID, and leads who knows the password to one TCP service.</summary>
internal static class DeviceCommand
{
    private static readonly Option<string?> Expose = new("--expose")
    {
        Description = "The TCP service that is reached through this device.",
        HelpName = "HOST:PORT",
    };

    private static readonly Option<bool> PrivilegedPorts = new("--allow-privileged-ports")
    {
        Description = "Let issuers be awaited on ports below 1024.",
    };

    public static Command Create()
    {
        var command = new Command("device", "Make this machine reachable by its ID, and stay.")
        {
            CommonOptions.Server, CommonOptions.Trust, CommonOptions.ServerName, Expose, CommonOptions.PasswordFile, CommonOptions.DeviceData,
            PrivilegedPorts, CommonOptions.LogLevel,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var service = ServiceOf(parsed);
        var server = CommonOptions.ServerOf(parsed);
        var trust = CommonOptions.TrustOf(parsed);
        string data = CommonOptions.DeviceDataOf(parsed);
        var (password, generated) = DevicePasswordChoice.Make(data, parsed.GetValue(CommonOptions.PasswordFile));
        using var loggers = ServerLogging.Create(new LogOptions { Level = parsed.GetValue(CommonOptions.LogLevel) });
        var printer = new Printer(parsed.GetValue(CommonOptions.Json));

        await using var device = await Device.StartAsync(
            new DeviceOptions
            {
                Server = server,
                Trust = trust,
                DataDirectory = data,
                Password = password,
                OnConnection = new ServiceForwarder(service, logger: loggers.CreateLogger<ServiceForwarder>()).ServeAsync,
                AllowPrivilegedPorts = parsed.GetValue(PrivilegedPorts),
            },
            loggers, cancellationToken: cancellation);

        string id = device.Id.ToString();
        printer.Print(
            new DeviceRecord("started", id, server.ToString(), service.ToString(), generated), OutputJson.Default.DeviceRecord,
            $"ID        {id}\nserver    {server}\nexposes   {service}" + (generated is null ? "" : $"\npassword  in {generated}"));
        try
        {
            await device.RegisteredAsync(cancellation);
            printer.Print(
                new DeviceRecord("registered", id, server.ToString(), service.ToString(), generated), OutputJson.Default.DeviceRecord,
                "registered; waiting for connections");
            await Task.Delay(Timeout.Infinite, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Asked to stop: a clean end.
        }
        return ExitCode.Success;
    }

    private static ServerAddress ServiceOf(ParseResult parsed)
    {
        string text = parsed.GetValue(Expose) ?? throw CommandFailure.Usage("which service? Give --expose HOST:PORT, such as --expose 127.0.0.1:22");
        return ServerAddress.TryParse(text, out var service)
            ? service
            : throw CommandFailure.Usage($"--expose: '{text}' isn't HOST:PORT, such as 127.0.0.1:22 or [::1]:22");
    }
}
