using System.CommandLine;
using FastRelay.Load.Swarm;

namespace FastRelay.Load.Commands;

/// <summary>Options of more than one command.</summary>
internal static class CommonOptions
{
    /// <summary>How a swarm comes in.</summary>
    public static Option<SwarmEntry> Entry { get; } = new("--join")
    {
        Description = "How devices come in: by a handshake each, or by RESUME with minted tickets; auto: by RESUME, unless they are few.",
        DefaultValueFactory = _ => SwarmEntry.Auto,
        HelpName = "auto|handshake|resume",
    };

    /// <summary>A whole number within bounds.</summary>
    public static Option<int> Number(string name, string description, int standard, int least, int most)
    {
        var option = new Option<int>(name) { Description = $"{description} {least} to {most}; default {standard}.", DefaultValueFactory = _ => standard, HelpName = "N" };
        option.Validators.Add(result =>
        {
            int value = result.GetValueOrDefault<int>();
            if (value < least || value > most) result.AddError($"{name} {value}: it must be {least} to {most}.");
        });
        return option;
    }

    /// <summary>How long the measured part of a run takes.</summary>
    public static Option<int> Seconds() => Number("--seconds", "How long to measure.", 10, 1, 600);
}
