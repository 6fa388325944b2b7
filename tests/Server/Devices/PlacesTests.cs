using System.Net;
using FastRelay.Protocol;
using FastRelay.Protocol.Request;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Devices;

namespace FastRelay.Server.Tests.Devices;

public sealed class PlacesTests
{
    [Fact]
    public void A_prefix_has_so_many_places_and_the_list_so_many()
    {
        var places = new Places(capacity: 5, mostOfPrefix: 2, SystemEntropy.Instance);
        uint[] prefixes = [.. Enumerable.Range(1, 4).Select(i => places.KeyOf(Prefix(i)))];
        places.TryTake(prefixes[0]).ShouldBe(RegisterStatus.Registered);
        places.TryTake(prefixes[0]).ShouldBe(RegisterStatus.Registered);
        places.TryTake(prefixes[0]).ShouldBe(RegisterStatus.Refused);
        for (int i = 1; i < 4; i++) places.TryTake(prefixes[i]).ShouldBe(RegisterStatus.Registered);
        places.TryTake(prefixes[1]).ShouldBe(RegisterStatus.Full);
        places.Taken.ShouldBe(5);

        places.GiveBack(prefixes[3]);
        places.TryTake(prefixes[1]).ShouldBe(RegisterStatus.Registered, "a place refused for want of room was not counted");
        places.TryTake(prefixes[1]).ShouldBe(RegisterStatus.Refused);
        places.Exchange(prefixes[2], prefixes[0]);
        places.GiveBack(prefixes[0]);
        places.TryTake(prefixes[0]).ShouldBe(RegisterStatus.Refused, "the exchange went beyond the limit");
    }

    [Fact]
    public void Counts_agree_with_a_plain_dictionary_through_growth_and_removal()
    {
        const int Most = 3;
        var random = new Random(5);
        var counted = new PrefixPlaces(Most, SystemEntropy.Instance);
        var expected = new Dictionary<uint, int>();
        uint[] keys = [.. Enumerable.Range(0, 3_000).Select(i => counted.KeyOf(Prefix(i)))];
        for (int step = 0; step < 60_000; step++)
        {
            uint key = keys[random.Next(keys.Length)];
            int before = expected.GetValueOrDefault(key);
            if (random.Next(2) == 0)
            {
                counted.TryEnter(key).ShouldBe(before < Most);
                expected[key] = Math.Min(before + 1, Most);
            }
            else if (before > 0)
            {
                counted.Leave(key);
                if (before == 1) expected.Remove(key);
                else expected[key] = before - 1;
            }
        }
        counted.Count.ShouldBe(expected.Count);
        expected.Count.ShouldBeGreaterThan(1_000);
    }

    [Fact]
    public void Prefixes_of_one_network_but_other_length_are_others()
    {
        var places = new PrefixPlaces(1, SystemEntropy.Instance);
        places.KeyOf(new AddressPrefix(1, 64)).ShouldNotBe(places.KeyOf(new AddressPrefix(1, 128)));
    }

    private static AddressPrefix Prefix(int i) =>
        AddressPrefix.OfHost(TransportAddress.From(new IPEndPoint(new IPAddress([10, (byte)(i >> 16), (byte)(i >> 8), (byte)i]), 1)));
}
