using System.Runtime.CompilerServices;
using FastRelay.Engine.Datagrams;
using FastRelay.Protocol;

namespace FastRelay.Server.Devices;

/// <summary>Carries the calls of connections over to the datagram loop. Thread-safe.</summary>
internal sealed class DevicePlane(DatagramLoop<DeviceDatagrams> loop) : IDevicePlane
{
    private delegate T Work<out T>(DeviceShard shard, ref DatagramBatch output);

    public ValueTask<RegistrationOutcome> RegisterAsync(DeviceRegistration registration) =>
        RunAsync((DeviceShard shard, ref DatagramBatch output) =>
            new RegistrationOutcome(shard.List.Register(registration, output.NowMs, out var cid), cid));

    public ValueTask<byte[]?> DescriptorAsync(DeviceId device) =>
        RunAsync((DeviceShard shard, ref DatagramBatch _) =>
        {
            ref var slot = ref shard.List.Find(device, out var _);
            return Unsafe.IsNullRef(ref slot) ? null : ((ReadOnlySpan<byte>)slot.Descriptor).ToArray();
        });

    public ValueTask<DeviceStanding> FindAsync(DeviceId device) =>
        RunAsync((DeviceShard shard, ref DatagramBatch output) =>
        {
            ref var slot = ref shard.List.Find(device, out var _);
            if (Unsafe.IsNullRef(ref slot) || !EquipmentList.IsOnline(slot, output.NowMs)) return default;
            return new DeviceStanding(slot.Roaming.IsValidated ? DevicePresence.Validated : DevicePresence.Online, slot.Roaming.Bound);
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
