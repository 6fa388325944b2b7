namespace FastRelay.Engine.Interop.Linux;

/// <summary>What has become ready.</summary>
/// <param name="Events">How.</param>
/// <param name="Data">What the descriptor was watched with.</param>
internal readonly record struct EpollEvent(EpollEvents Events, long Data);
