using System.CommandLine;
using FastRelay.Cli.Output;
using FastRelay.Equipment;

namespace FastRelay.Cli.Commands;

/// <summary><c>fastrelay id</c>: the ID of the device that lives in a data directory, whether it runs or not.</summary>
internal static class IdCommand
{
    public static Command Create()
    {
        var command = new Command("id", "Print the ID of this machine's device.") { CommonOptions.DeviceData };
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        string data = CommonOptions.DeviceDataOf(parsed);
        var device = DeviceSummary.Read(data)
            ?? throw new CommandFailure(ExitCode.Failure, $"no device lives in '{data}' yet; 'fastrelay device' makes one, or give --data DIR");
        string id = device.Id.ToString();
        new Printer(parsed.GetValue(CommonOptions.Json)).Print(new IdRecord(id), OutputJson.Default.IdRecord, id);
        return ExitCode.Success;
    }
}
