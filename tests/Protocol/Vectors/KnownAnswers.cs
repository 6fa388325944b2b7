using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace FastRelay.Protocol.Tests.Vectors;

/// <summary>
/// protocol/vectors.json: what is kept in it because it is random (signatures, the certificate), and how it is laid out.
/// With <c>FASTRELAY_WRITE_VECTORS=1</c> the file is written; what is random and still fits stays as it was published.
/// </summary>
internal sealed class KnownAnswers
{
    public const string Switch = "FASTRELAY_WRITE_VECTORS";

    private static readonly JsonSerializerOptions Layout =
        new() { WriteIndented = true, IndentSize = 2, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly JsonObject _stored;
    private readonly JsonObject _used = [];

    public KnownAnswers(bool writing)
    {
        Writing = writing;
        Text = File.Exists(FilePath()) ? File.ReadAllText(FilePath()) : "";
        _stored = Text.Length == 0 ? [] : JsonNode.Parse(Text)!["random"]!.AsObject();
    }

    public bool Writing { get; }

    /// <summary>The file as it is.</summary>
    public string Text { get; }

    /// <summary>The values that are random, for the file.</summary>
    public JsonObject Random => _used.DeepClone().AsObject();

    /// <summary>A signature: the file's, which must verify, or a new one.</summary>
    public byte[] Signature(string name, ECDsa key, byte[] message) => Kept(
        name,
        () => key.SignData(message, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
        bytes => key.VerifyData(message, bytes, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));

    /// <summary>Another random value: the file's, which must pass its check, or a new one.</summary>
    public byte[] Kept(string name, Func<byte[]> make, Func<byte[], bool> check)
    {
        byte[]? bytes = _stored[name] is { } kept ? Convert.FromHexString(kept.GetValue<string>()) : null;
        if (Writing && (bytes is null || !check(bytes))) bytes = make();
        bytes.ShouldNotBeNull($"{name} is missing; write the vectors anew with {Switch}=1");
        check(bytes).ShouldBeTrue(name);
        _used[name] = Convert.ToHexStringLower(bytes);
        return bytes;
    }

    public static string Serialise(JsonObject vectors) => vectors.ToJsonString(Layout) + "\n";

    public static void Write(string text) => File.WriteAllText(FilePath(), text);

    private static string FilePath()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "FastRelay.sln"))) folder = folder.Parent;
        return Path.Combine(folder.ShouldNotBeNull().FullName, "protocol", "vectors.json");
    }
}
