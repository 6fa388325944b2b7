using System.Runtime.CompilerServices;
using FastRelay.Engine.Datagrams;
using FastRelay.Engine.Files;
using FastRelay.Protocol;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Logging;

namespace FastRelay.Server.Devices;

/// <summary>Carries the calls of connections over to the device's home shard, and keeps the disk away from it. Thread-safe.</summary>
internal sealed class DevicePlane(DeviceShards shards, DescriptorStore descriptors, ServerEvents events) : IDevicePlane
{
    private delegate T Work<out T>(DeviceShard shard, ref DatagramBatch output);

    private delegate void Deed(DeviceShard shard, ref DatagramBatch output);

    public async ValueTask<RegistrationOutcome> RegisterAsync(DeviceRegistration registration)
    {
        if (!TryWrite(registration, out uint record)) return new RegistrationOutcome(RegisterStatus.Full);
        var outcome = default(RegistrationOutcome?);
        try
        {
            outcome = await RunAsync(registration.Device, (DeviceShard shard, ref DatagramBatch output) => shard.List.Register(registration, record, output.NowMs));
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
        uint? record = await RunAsync(device, (DeviceShard shard, ref DatagramBatch _) =>
        {
            ref var slot = ref shard.List.Find(device, out var _);
            return Unsafe.IsNullRef(ref slot) ? default(uint?) : slot.Record;
        });
        return record is null ? null : descriptors.Read(record.Value, device);
    }

    public ValueTask<DeviceStanding> FindAsync(DeviceId device) =>
        RunAsync(device, (DeviceShard shard, ref DatagramBatch output) =>
        {
            ref var slot = ref shard.List.Find(device, out var _);
            if (Unsafe.IsNullRef(ref slot) || !EquipmentList.IsOnline(slot, output.NowMs)) return default;
            return new DeviceStanding(slot.IsValidated ? DevicePresence.Validated : DevicePresence.Online, slot.Bound);
        });

    public ValueTask<WakeStart> WakeAsync(DeviceId device, ulong wakeId, TimeSpan ttl) =>
        RunAsync(device, (DeviceShard shard, ref DatagramBatch output) => shard.Wakes.Start(ref output, device, wakeId, ttl));

    public void WakeHeard(ulong wakeId)
    {
        // Whose wake it was isn't said, and who says it hasn't proven to be anybody yet.
        foreach (var loop in shards.Loops) Run(loop, (DeviceShard shard, ref DatagramBatch _) => shard.Wakes.Heard(wakeId));
    }

    public void CallOffWake(DeviceId device, ulong wakeId) =>
        Run(shards.HomeOf(device), (DeviceShard shard, ref DatagramBatch _) => shard.Wakes.CallOff(device, wakeId));

    public void SendFast(DeviceId device, ulong requestId, ReadOnlyMemory<byte> content) =>
        Run(shards.HomeOf(device), (DeviceShard shard, ref DatagramBatch output) => shard.Fast.Start(ref output, device, requestId, content));

    public void CallOffFast(DeviceId device, ulong requestId) =>
        Run(shards.HomeOf(device), (DeviceShard shard, ref DatagramBatch _) => shard.Fast.CallOff(requestId));

    private bool TryWrite(DeviceRegistration registration, out uint record)
    {
        var status = descriptors.TryWrite(registration.Device, registration.Descriptor, out record);
        if (status is RecordWriteStatus.DiskFull or RecordWriteStatus.Failed) events.DescriptorNotWritten(status);
        return status == RecordWriteStatus.Written;
    }

    private ValueTask<T> RunAsync<T>(DeviceId device, Work<T> work)
    {
        var command = new Command<T>(work);
        // Refused: the loop has stopped, or so many wait that it doesn't keep up. Whoever asked is let go.
        if (!shards.HomeOf(device).Post(command)) command.Cancel();
        return new ValueTask<T>(command.Result);
    }

    private static void Run(DatagramLoop<DeviceDatagrams> loop, Deed deed) => loop.Post(new Order(deed));

    private sealed class Command<T>(Work<T> work) : IDatagramCommand<DeviceDatagrams>
    {
        private readonly TaskCompletionSource<T> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<T> Result => _result.Task;

        public void Execute(ref DeviceDatagrams handler, ref DatagramBatch output)
        {
            try
            {
                _result.TrySetResult(work(handler.Shard, ref output));
            }
            finally
            {
                // By an exception, which ends the loop: the connection that waits must not wait for ever, and hold up the stop.
                _result.TrySetCanceled();
            }
        }

        public void Abandon() => Cancel();

        public void Cancel() => _result.TrySetCanceled();
    }

    private sealed class Order(Deed deed) : IDatagramCommand<DeviceDatagrams>
    {
        public void Execute(ref DeviceDatagrams handler, ref DatagramBatch output) => deed(handler.Shard, ref output);
    }
}
