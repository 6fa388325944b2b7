using FastRelay.Protocol.Wire;
using FastRelay.Server.Devices;
using FastRelay.Server.Options;

namespace FastRelay.Server.Requests;

/// <summary>Which routes a request takes, in which order, and how long each is given before the next is tried (SPEC 7.8).</summary>
internal static class RoutePlan
{
    /// <summary>The last WAKE goes out after 2 s; a second later the device would have answered.</summary>
    public static readonly TimeSpan P4Patience = TimeSpan.FromSeconds(3);

    /// <summary>The last CONNECT2_FAST goes out after 1 s.</summary>
    public static readonly TimeSpan FastPatience = TimeSpan.FromSeconds(2);

    private static readonly Route[] P4Only = [Route.P4];
    private static readonly Route[] P4First = [Route.P4, Route.Fast];
    private static readonly Route[] FastFirst = [Route.Fast, Route.P4];
    private static readonly Route[] FastOnly = [Route.Fast];

    /// <summary>The routes in order; empty when the policy allows only one that isn't possible.</summary>
    public static IReadOnlyList<Route> Of(RoutePolicy policy, DevicePresence presence, int contentBytes)
    {
        bool fast = presence == DevicePresence.Validated && contentBytes <= DatagramLimits.MaxBody;
        return policy switch
        {
            RoutePolicy.P4Only => P4Only,
            RoutePolicy.P4First => fast ? P4First : P4Only,
            RoutePolicy.FastFirst => fast ? FastFirst : P4Only,
            _ => fast ? FastOnly : [],
        };
    }

    /// <summary>How long to wait on <paramref name="route"/> before the next is tried, of the time that remains.</summary>
    public static TimeSpan PatienceFor(Route route, bool isLast, TimeSpan remaining)
    {
        var patience = route == Route.P4 ? P4Patience : FastPatience;
        // A short request leaves the second route its half.
        return isLast ? remaining : patience < remaining / 2 ? patience : remaining / 2;
    }
}
