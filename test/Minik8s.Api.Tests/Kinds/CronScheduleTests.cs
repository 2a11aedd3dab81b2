using Minik8s.Api.Kinds.Batch;

namespace Minik8s.Api.Tests.Kinds;

public sealed class CronScheduleTests
{
    [Theory]
    [InlineData("*/15 * * * *", "2026-03-01T10:07:30Z", "2026-03-01T10:15:00Z")]
    [InlineData("0 3 * * *", "2026-03-01T03:00:00Z", "2026-03-02T03:00:00Z")]
    [InlineData("30 6 29 2 *", "2026-03-01T00:00:00Z", "2028-02-29T06:30:00Z")]
    [InlineData("0 0 13 * FRI", "2026-03-07T00:00:00Z", "2026-03-13T00:00:00Z")]
    [InlineData("0 0 */10 * MON", "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z")]
    [InlineData("0 9-17/4 * JAN,mar *", "2026-02-01T00:00:00Z", "2026-03-01T09:00:00Z")]
    [InlineData("@hourly", "2026-03-01T10:07:30Z", "2026-03-01T11:00:00Z")]
    [InlineData("@weekly", "2026-03-03T00:00:00Z", "2026-03-08T00:00:00Z")]
    [InlineData("@every 1h30m", "2026-03-01T10:07:30.5Z", "2026-03-01T11:37:30Z")]
    public void The_next_run_is_the_first_that_fits(string schedule, string after, string next) =>
        Assert.Equal(Time(next), CronSchedule.Parse(schedule).Next(Time(after), TimeZoneInfo.Utc));

    [Fact]
    public void A_schedule_runs_on_the_clock_of_its_zone()
    {
        var berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
        Assert.Equal(Time("2026-01-02T02:00:00Z"), CronSchedule.Parse("0 3 * * *").Next(Time("2026-01-01T12:00:00Z"), berlin));
        Assert.Equal(Time("2026-07-02T01:00:00Z"), CronSchedule.Parse("0 3 * * *").Next(Time("2026-07-01T12:00:00Z"), berlin));
        // The clock skips from two to three that night.
        Assert.Equal(Time("2026-03-30T00:30:00Z"), CronSchedule.Parse("30 2 * * *").Next(Time("2026-03-28T12:00:00Z").AddHours(14), berlin));
    }

    [Fact]
    public void A_day_that_never_comes_has_no_next_run() => Assert.Null(CronSchedule.Parse("0 0 31 2 *").Next(Time("2026-03-01T00:00:00Z"), TimeZoneInfo.Utc));

    [Theory]
    [InlineData("", "empty spec string")]
    [InlineData("@often", "unrecognized descriptor: @often")]
    [InlineData("@every x", "failed to parse duration @every x: time: invalid duration \"x\"")]
    [InlineData("a * * * *", "failed to parse int from a: strconv.Atoi: parsing \"a\": invalid syntax")]
    [InlineData("5-1 * * * *", "beginning of range (5) beyond end of range (1): 5-1")]
    [InlineData("*/0 * * * *", "step of range should be a positive number: */0")]
    [InlineData("1-2-3 * * * *", "too many hyphens: 1-2-3")]
    [InlineData("* * 0 * *", "beginning of range (0) below minimum (1): 0")]
    public void A_bad_schedule_is_refused(string schedule, string message) =>
        Assert.Equal(message, Assert.Throws<FormatException>(() => CronSchedule.Parse(schedule)).Message);

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
