using System.Security.Cryptography;
using FastRelay.Protocol.Heartbeat;
using FastRelay.Protocol.Tests.Support;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Tests.Heartbeat;

/// <summary>The derivations of SPEC 4.12 and 7.9 against HKDF written out.</summary>
public sealed class ResumeKeysTests
{
    private static readonly byte[] Auth = SHA256.HashData("auth"u8);
    private static readonly byte[] Root = SHA256.HashData("root"u8);
    private static readonly Cid Cid = new(0x01020304, 0xA5A6A7A8);
    private static readonly DeviceId Device = new((UInt128)0x4F4E08A772C02A84 << 64 | 0xC7CF9D308604959E);
    private static readonly UInt128 ClientNonce = (UInt128)1 << 120 | 2;
    private static readonly UInt128 ServerNonce = (UInt128)3 << 120 | 4;

    private static byte[] Context =>
        Convert.FromHexString("01000000000000000000000000000002" + "03000000000000000000000000000004" + "01020304A5A6A7A8" + "4F4E08A772C02A84C7CF9D308604959E");

    [Fact]
    public void The_session_key_is_one_HMAC_of_K_root()
    {
        byte[] key = new byte[32];
        ResumeKeys.DeriveSession(Root, ClientNonce, ServerNonce, Cid, Device, key);
        key.ShouldBe(HMACSHA256.HashData(Root, (byte[])[0, 32, 15, .. "frl1 udp resume"u8, 56, .. Context, 1]));
    }

    [Fact]
    public void The_next_keys_are_64_bytes_of_K_root()
    {
        using var keys = new ResumeKeys(Auth, Root);
        using var next = keys.Next(ClientNonce, ServerNonce, Cid, Device);
        byte[] info = [0, 64, 16, .. "frl1 resume next"u8, 56, .. Context];
        byte[] first = HMACSHA256.HashData(Root, (byte[])[.. info, 1]);
        next.Auth.ToArray().ShouldBe(first);
        next.Root.ToArray().ShouldBe(HMACSHA256.HashData(Root, (byte[])[.. first, .. info, 2]));
    }

    [Fact]
    public void The_binder_is_that_of_the_SPEC_and_any_other_bit_is_seen()
    {
        byte[] hello = [.. Enumerable.Range(0, 230).Select(i => (byte)i)], binder = new byte[32];
        ResumeKeys.WriteBinder(Root, hello, binder);
        byte[] key = HMACSHA256.HashData(Root, (byte[])[0, 32, 17, .. "frl1 hello binder"u8, 0, 1]);
        binder.ShouldBe(HMACSHA256.HashData(key, SHA256.HashData(hello)));
        ResumeKeys.IsBinder(Root, hello, binder).ShouldBeTrue();
        ResumeKeys.IsBinder(Auth, hello, binder).ShouldBeFalse();
        ResumeKeys.IsBinder(Root, hello.AsSpan(1), binder).ShouldBeFalse();
        ResumeKeys.IsBinder(Root, hello, binder.AsSpan(1)).ShouldBeFalse();
        foreach (var (bit, damaged) in MessageCorpus.BitFlips(binder)) ResumeKeys.IsBinder(Root, hello, damaged).ShouldBeFalse($"bit {bit}");
    }

    [Fact]
    public void The_server_s_derivations_allocate_and_throw_nothing()
    {
        byte[] key = new byte[32], next = new byte[64], binder = new byte[32], hello = new byte[250];
        Quiet.ShouldAllocateAndThrowNothing(() =>
        {
            ResumeKeys.DeriveSession(Root, ClientNonce, ServerNonce, Cid, Device, key);
            ResumeKeys.DeriveNext(Root, ClientNonce, ServerNonce, Cid, Device, next);
            ResumeKeys.IsBinder(Root, hello, binder);
        });
    }

    [Fact]
    public void Keys_of_another_size_are_a_bug_of_the_caller_and_disposed_keys_are_gone()
    {
        Should.Throw<ArgumentException>(() => new ResumeKeys(new byte[31], Root));
        Should.Throw<ArgumentException>(() => new ResumeKeys(Auth, new byte[33]));
        var keys = new ResumeKeys(Auth, Root);
        keys.Dispose();
        Should.Throw<ObjectDisposedException>(() => keys.Auth.ToArray());
        Should.Throw<ObjectDisposedException>(() => keys.Root.ToArray());
    }
}
