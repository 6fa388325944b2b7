using System.Net;

namespace FastRelay.Equipment;

/// <summary>A device at one moment.</summary>
/// <param name="Condition">What it is doing.</param>
/// <param name="Observed">Its address as its server sees it; null before the first registration.</param>
/// <param name="Connections">Connections being dialled or served.</param>
/// <param name="LastError">Why the last registration failed; null once one succeeded.</param>
public sealed record DeviceStatus(DeviceCondition Condition, IPEndPoint? Observed, int Connections, EquipmentException? LastError);
