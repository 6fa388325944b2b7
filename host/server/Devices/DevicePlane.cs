using System.Runtime.CompilerServices;
using FastRelay.Engine.Datagrams;
using FastRelay.Protocol;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Logging;

namespace FastRelay.Server.Devices;

/// <summary>Carries the calls of connections over to the datagram loop, and keeps the disk away from it. Thread-safe.</summary>
internal sealed class DevicePlane(DatagramLoop<DeviceDatagrams> loop, DescriptorStore descriptors, ServerEvents events) : IDevicePlane
{
    private delegate T Work<out T>(DeviceShard shard, ref DatagramBatch output);

    public async ValueTask<RegistrationOutcome> RegisterAsync(DeviceRegistration registration)
    {
        if (!TryWrite(registration, out uint record)) return new RegistrationOutcome(RegisterStatus.Full);
        var outcome = default(RegistrationOutcome?);
        try
        {
            outcome = await RunAsync((DeviceShard shard, ref DatagramBatch output) => shard.List.Register(registration, record, output.NowMs));
        }
        finally
        {
            // Who asked too much keeps no record; and of two that a device has had, the later one counts.
            if (outcome is not { Status: RegisterStatus.Registered }) descriptors.Release(record, registration.Device);
            else if (outcome.Value.Replaced is { } replaced) descriptors.Release(replaced, registration.Device);
        }
        return outcome.Value;
    }

    public async ValueTask<byte[]?> DescriptorAsync(DeviceId device)
    {
        uint? record = await RunAsync((DeviceShard shard, ref DatagramBatch _) =>
        {
            ref var slot = ref shard.List.Find(device, out var _);
            return Unsafe.IsNullRef(ref slot) ? default(uint?) : slot.Record;
        });
        return record is null ? null : descriptors.Read(record.Value, device);
    }

    public ValueTask<DeviceStanding> FindAsync(DeviceId device) =>
        RunAsync((DeviceShard shard, ref DatagramBatch output) =>
        {
            ref var slot = ref shard.List.Find(device, out var _);
            if (Unsafe.IsNullRef(ref slot) || !EquipmentList.IsOnline(slot, output.NowMs)) return default;
            return new DeviceStanding(slot.IsValidated ? DevicePresence.Validated : DevicePresence.Online, slot.Bound);
        });

    public ValueTask<WakeStart> WakeAsync(DeviceId device, ulong wakeId, TimeSpan ttl) =>
        RunAsync((DeviceShard shard, ref DatagramBatch output) => shard.Wakes.Start(ref output, device, wakeId, ttl));

    public void WakeHeard(ulong wakeId) => Run((DeviceShard shard, ref DatagramBatch _) =>
    {
        shard.Wakes.Heard(wakeId);
        return true;
    });

    public void CallOffWake(DeviceId device, ulong wakeId) => Run((DeviceShard shard, ref DatagramBatch _) =>
    {
        shard.Wakes.CallOff(device, wakeId);
        return true;
    });

    public void SendFast(DeviceId device, ulong requestId, ReadOnlyMemory<byte> content) => Run((DeviceShard shard, ref DatagramBatch output) =>
    {
        shard.Fast.Start(ref output, device, requestId, content);
        return true;
    });

    public void CallOffFast(ulong requestId) => Run((DeviceShard shard, ref DatagramBatch _) =>
    {
        shard.Fast.CallOff(requestId);
        return true;
    });

    private bool TryWrite(DeviceRegistration registration, out uint record)
    {
        try
        {
            return descriptors.TryWrite(registration.Device, registration.Descriptor, out record);
        }
        catch (IOException e)
        {
            events.DescriptorNotWritten(e);
            record = 0;
            return false;
        }
    }

    private ValueTask<T> RunAsync<T>(Work<T> work)
    {
        var command = new Command<T>(work);
        // Refused: the loop has stopped, or so many wait that it doesn't keep up. Whoever asked is let go.
        if (!loop.Post(command)) command.Cancel();
        return new ValueTask<T>(command.Result);
    }

    private void Run(Work<bool> work) => loop.Post(new Command<bool>(work));

    private sealed class Command<T>(Work<T> work) : IDatagramCommand<DeviceDatagrams>
    {
        private readonly TaskCompletionSource<T> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<T> Result => _result.Task;

        public void Execute(ref DeviceDatagrams handler, ref DatagramBatch output) => _result.SetResult(work(handler.Shard, ref output));

        public void Cancel() => _result.SetCanceled();
    }
}
