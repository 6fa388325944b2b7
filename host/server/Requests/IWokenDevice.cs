namespace FastRelay.Server.Requests;

/// <summary>A device that has connected after a wake: the second TCP connection of the claims.</summary>
internal interface IWokenDevice
{
    /// <summary>Sends CONNECT2 (SPEC 6.8): the second connection request signal.</summary>
    /// <returns>False when the connection is gone.</returns>
    ValueTask<bool> SendAsync(PendingRequest request);

    /// <summary>Ends the connection: a newer one of the same device has come.</summary>
    void Replace();
}
