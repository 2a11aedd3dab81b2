using System.Text;
using Minik8s.Store.Watching;

namespace Minik8s.Store.Tests;

public sealed class RangeIndexTests
{
    [Fact]
    public void Find_returns_exactly_the_ranges_that_contain_the_key()
    {
        var random = new Random(11);
        var index = new RangeIndex<object>();
        var ranges = new Dictionary<object, (string Start, string End)>();
        for (var step = 0; step < 300; step++)
        {
            if (ranges.Count > 0 && random.Next(3) == 0)
            {
                var gone = ranges.Keys.ElementAt(random.Next(ranges.Count));
                ranges.Remove(gone);
                Assert.True(index.Remove(gone));
                Assert.False(index.Remove(gone));
            }
            else
            {
                // Empty and upside-down ranges contain nothing.
                var (item, start, end) = (new object(), Key(random), Key(random));
                ranges.Add(item, (start, end));
                index.Add(start, end, item);
            }

            for (var probe = 0; probe < 10; probe++)
            {
                var key = Key(random);
                var expected = ranges.Where(r => Compare(key, r.Value.Start) >= 0 && Compare(key, r.Value.End) < 0).Select(r => r.Key).ToHashSet();
                Assert.True(expected.SetEquals(index.Find(key).ToArray()), key);
            }
        }
    }

    [Fact]
    public void Keys_are_ordered_as_their_utf8_bytes()
    {
        var random = new Random(12);
        for (var i = 0; i < 5000; i++)
        {
            var (a, b) = (Key(random), Key(random));
            Assert.Equal(Math.Sign(Compare(a, b)), Math.Sign(KeyOrder.Compare(a, b)));
        }
    }

    private static int Compare(string a, string b) => Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b));

    private static string Key(Random random)
    {
        Rune[] letters = [new('a'), new('b'), new('/'), new('ü'), new('\u4e2d'), new('\uff5e'), new(0x1F600), new(0x1F601)];
        return string.Concat(Enumerable.Range(0, random.Next(4)).Select(_ => letters[random.Next(letters.Length)].ToString()));
    }
}
