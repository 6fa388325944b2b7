using System.Security.Cryptography;
using FastRelay.Equipment.State;
using FastRelay.Protocol;
using FastRelay.Protocol.Request;
using Microsoft.Extensions.Logging;

namespace FastRelay.Equipment.Devices;

/// <summary>At a device's start: keeps the password that it was given, unless it is the one that is kept already (SPEC 8.1).</summary>
internal static class PasswordSetting
{
    /// <exception cref="EquipmentException">There is no password yet, or it isn't text, or the disk refuses.</exception>
    public static void Settle(DeviceStateFile file, DeviceOptions options, ILogger logger, IEntropy entropy)
    {
        var kept = file.State.Password;
        if (options.Password is null)
        {
            if (kept is null) throw new EquipmentException(EquipmentError.Options, "This device has no password yet; start it once with one.");
            return;
        }
        try
        {
            if (kept is not null && Matches(kept, options.Password, file.State.Id)) return;
            file.SetPassword(DevicePassword.Create(file.State.Id, options.Password, entropy, options.PasswordIterations));
        }
        catch (ArgumentException e)
        {
            throw new EquipmentException(EquipmentError.Options, "The password isn't well-formed Unicode text.", e);
        }
        if (kept is not null) EquipmentLog.PasswordChanged(logger);
    }

    private static bool Matches(DevicePassword kept, string password, DeviceId id)
    {
        Span<byte> clientKey = stackalloc byte[PasswordStretcher.KeySize];
        PasswordStretcher.ClientKey(password, id, kept.Salt, kept.Iterations, clientKey);
        bool matches = kept.Verify(clientKey);
        CryptographicOperations.ZeroMemory(clientKey);
        return matches;
    }
}
