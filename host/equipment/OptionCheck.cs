using System.Globalization;

namespace FastRelay.Equipment;

/// <summary>Checks of option values: a bad one names its option, the value and what is allowed.</summary>
internal static class OptionCheck
{
    public static void Range(string name, int value, int min, int max)
    {
        if (value < min || value > max) throw Bad(name, value.ToString(CultureInfo.InvariantCulture), $"{min} to {max}");
    }

    public static void Range(string name, TimeSpan value, TimeSpan min, TimeSpan max)
    {
        if (value < min || value > max) throw Bad(name, $"{value.TotalSeconds} s", $"{min.TotalSeconds} to {max.TotalSeconds} s");
    }

    public static void Present(string name, object? value)
    {
        if (value is null or "") throw new EquipmentException(EquipmentError.Options, $"{name} is missing.");
    }

    private static EquipmentException Bad(string name, string value, string allowed) =>
        new(EquipmentError.Options, string.Create(CultureInfo.InvariantCulture, $"{name} is {value}; allowed is {allowed}."));
}
