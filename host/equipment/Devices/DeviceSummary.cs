using FastRelay.Equipment.State;
using FastRelay.Protocol;

namespace FastRelay.Equipment;

/// <summary>What may be told of the device that lives in a data directory, also while it runs there.</summary>
/// <param name="Id">Its ID.</param>
/// <param name="HasPassword">Whether a password was set.</param>
public sealed record DeviceSummary(DeviceId Id, bool HasPassword)
{
    /// <summary>Reads it; null when no device has lived in the directory. Nothing is written.</summary>
    /// <exception cref="EquipmentException"><see cref="EquipmentError.State"/>: the keys are too open or damaged, or the disk refuses.</exception>
    public static DeviceSummary? Read(string dataDirectory)
    {
        ArgumentException.ThrowIfNullOrEmpty(dataDirectory);
        using DeviceState? state = DeviceStateFile.Peek(dataDirectory);
        return state is null ? null : new DeviceSummary(state.Id, state.Password is not null);
    }
}
