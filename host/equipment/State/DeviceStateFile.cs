using System.Security.Cryptography;
using System.Text.Json;
using FastRelay.Engine.Files;
using FastRelay.Protocol.Request;

namespace FastRelay.Equipment.State;

/// <summary>
/// The device's equipment ID storage and password information storage (claims 8 and 10): one file <c>device.json</c> of mode 0600
/// in a directory of mode 0700, replaced whole, held by one process at a time. A damaged or open file is an error that names what
/// to do, never a reason for a new identity: the ID on people's notes would stop working.
/// </summary>
internal sealed class DeviceStateFile : IDisposable
{
    private const string FileName = "device.json";
    private const string LockName = "device.lock";
    private const int Version = 1;
    private const int MaxBytes = 16 * 1024; // a whole file has 700

    private readonly string _path;
    private readonly FileStream _lock;

    private DeviceStateFile(string path, FileStream held, DeviceState state)
    {
        _path = path;
        _lock = held;
        State = state;
    }

    /// <summary>What the file holds; disposed with this.</summary>
    public DeviceState State { get; }

    /// <summary>Opens the state in the directory, or makes directory, keys and file on the first start.</summary>
    /// <exception cref="EquipmentException"><see cref="EquipmentError.State"/>: too open, damaged, in use, or the disk refuses.</exception>
    public static DeviceStateFile Open(string directory)
    {
        FileStream? held = null;
        try
        {
            PrivateFile.CreateDirectory(directory);
            if (PrivateFile.IsDirectoryWritableByOthers(directory))
                throw Refused($"The directory {directory} may be written by others; run: chmod 700 '{directory}'");
            held = Hold(directory);
            string path = Path.Combine(directory, FileName);
            bool isNew = !File.Exists(path);
            var file = new DeviceStateFile(path, held, isNew ? DeviceState.Create() : Load(path));
            if (isNew) file.Save();
            held = null;
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refused($"The state in {directory} can't be read or written: {OneLine(e.Message)}", e);
        }
        finally
        {
            held?.Dispose();
        }
    }

    /// <summary>
    /// Reads the state of a directory that a running device may hold: the file is replaced whole, so reading needs no hold of its own.
    /// The caller disposes it. Null when no device has lived there.
    /// </summary>
    /// <exception cref="EquipmentException"><see cref="EquipmentError.State"/>: too open, damaged, or the disk refuses.</exception>
    public static DeviceState? Peek(string directory)
    {
        string path = Path.Combine(directory, FileName);
        try
        {
            return File.Exists(path) ? Load(path) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refused($"The state in {directory} can't be read: {OneLine(e.Message)}", e);
        }
    }

    /// <summary>Replaces the password and keeps it. The keys stay.</summary>
    /// <exception cref="EquipmentException"><see cref="EquipmentError.State"/>: the disk refuses; the old password stands.</exception>
    public void SetPassword(DevicePassword password)
    {
        var old = State.Password;
        State.Password = password;
        try
        {
            Save();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            State.Password = old;
            throw Refused($"The new password can't be kept in {_path}: {OneLine(e.Message)}", e);
        }
    }

    public void Dispose()
    {
        State.Dispose();
        _lock.Dispose();
    }

    /// <summary>Two processes with one identity would push each other out of the server's list for ever.</summary>
    private static FileStream Hold(string directory)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            return new FileStream(Path.Combine(directory, LockName), options);
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or PathTooLongException))
        {
            throw Refused($"Another device process uses {directory}; stop it, or give this one a directory of its own.", e);
        }
    }

    private static DeviceState Load(string path)
    {
        if (PrivateFile.IsOpenToOthers(path))
            throw Refused($"The key file {path} may be read by others; run: chmod 600 '{path}' (and set a new password if others use this machine)");
        if (new FileInfo(path).Length > MaxBytes) throw Damaged(path, null);
        byte[] json = File.ReadAllBytes(path);
        DeviceStateDocument? document = null;
        ECDsa? identity = null;
        ECDiffieHellman? agreement = null;
        try
        {
            document = JsonSerializer.Deserialize(json, DeviceStateJson.Default.DeviceStateDocument);
            if (document is not { Version: Version, IdentityKey: not null, AgreementKey: not null }) throw Damaged(path, null);
            identity = ECDsa.Create();
            identity.ImportPkcs8PrivateKey(document.IdentityKey, out int identityBytes);
            agreement = ECDiffieHellman.Create();
            agreement.ImportPkcs8PrivateKey(document.AgreementKey, out int agreementBytes);
            if (identityBytes != document.IdentityKey.Length || agreementBytes != document.AgreementKey.Length) throw Damaged(path, null);
            if (!IsP256(identity.ExportParameters(false).Curve) || !IsP256(agreement.ExportParameters(false).Curve)) throw Damaged(path, null);
            var state = new DeviceState(identity, agreement, PasswordOf(document, path));
            (identity, agreement) = (null, null);
            return state;
        }
        catch (Exception e) when (e is JsonException or CryptographicException)
        {
            throw Damaged(path, e);
        }
        finally
        {
            identity?.Dispose();
            agreement?.Dispose();
            CryptographicOperations.ZeroMemory(json);
            CryptographicOperations.ZeroMemory(document?.IdentityKey);
            CryptographicOperations.ZeroMemory(document?.AgreementKey);
        }
    }

    private static bool IsP256(ECCurve curve) => curve.Oid.Value == ECCurve.NamedCurves.nistP256.Oid.Value;

    private static DevicePassword? PasswordOf(DeviceStateDocument document, string path)
    {
        if (document.Salt is null && document.StoredKey is null && document.Iterations == 0) return null;
        bool whole = document.Salt?.Length == DevicePassword.SaltSize && document.StoredKey?.Length == PasswordStretcher.KeySize
            && document.Iterations is >= DevicePassword.MinIterations and <= DevicePassword.MaxIterations;
        return whole ? new DevicePassword(document.Salt, document.Iterations, document.StoredKey) : throw Damaged(path, null);
    }

    private void Save()
    {
        var document = new DeviceStateDocument
        {
            Version = Version,
            IdentityKey = State.IdentityKey.ExportPkcs8PrivateKey(),
            AgreementKey = State.AgreementKey.ExportPkcs8PrivateKey(),
            Salt = State.Password?.Salt.ToArray(),
            Iterations = State.Password?.Iterations ?? 0,
            StoredKey = State.Password?.StoredKey.ToArray(),
        };
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(document, DeviceStateJson.Default.DeviceStateDocument);
        try
        {
            PrivateFile.Replace(_path, json);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(json);
            CryptographicOperations.ZeroMemory(document.IdentityKey);
            CryptographicOperations.ZeroMemory(document.AgreementKey);
        }
    }

    private static EquipmentException Damaged(string path, Exception? inner) => Refused(
        $"The key file {path} is damaged; bring it back from a backup, or move it away to start with a new ID.", inner);

    private static EquipmentException Refused(string message, Exception? inner = null) => new(EquipmentError.State, message, inner);

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
