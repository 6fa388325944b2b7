using System.CommandLine;

namespace FastRelay.Load.Commands;

/// <summary>Options of more than one command.</summary>
internal static class CommonOptions
{
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
