"""One small program in each language, written for these tests: names used twice, a string, a number, a comment."""

SNIPPETS = {
    "python": '''def tide(level, hours):
    """Docstring of the tide."""
    total = 0
    for hour in range(hours):  # every hour
        total += level * hour + 12
    return "tide %d" % total
''',
    "javascript": """function tide(level, hours) {
  let total = 0; // the sum
  for (let hour = 0; hour < hours; hour++) {
    total += level * hour + 12;
  }
  console.log(`tide ${total}`);
  return {total: total, name: "tide"};
}
""",
    "typescript": """interface Tide { level: number; hours: number; }
function tide(input: Tide): string {
  const total: number = input.level * input.hours + 12; // the sum
  return "tide " + total;
}
""",
    "tsx": """function Tide(props: { level: number }) {
  const label = "tide"; // what stands on it
  const total = props.level * 12;
  return <div className="tide">{label} {total}</div>;
}
""",
    "java": """public class Harbour {
    private int level;
    /* adds up */
    public String tide(int hours) {
        int total = 0;
        for (int hour = 0; hour < hours; hour++) {
            total += level * hour + 12;
        }
        System.out.println("tide " + total);
        return String.valueOf(total);
    }
}
""",
    "c": """#include <stdio.h>
static int tide(int level, int hours)
{
    int total = 0; /* the sum */
    for (int hour = 0; hour < hours; hour++)
        total += level * hour + 12;
    printf("tide %d\\n", total);
    return total;
}
""",
    "cpp": """#include <vector>
#include <string>
namespace harbour {
template <typename T>
std::string tide(const std::vector<T> &levels) {
    T total = 12; // the sum
    for (const auto &level : levels)
        total += level;
    return "tide " + std::to_string(total);
}
}
""",
    "csharp": """using System;
namespace Harbour
{
    public class Tide
    {
        public int Level { get; set; }
        public string Total(int hours)
        {
            var total = Level * hours + 12; // the sum
            Console.WriteLine("tide " + total);
            return total.ToString();
        }
    }
}
""",
    "go": """package harbour

import "fmt"

func tide(level int, hours int) (int, error) {
	total := 0 // the sum
	for hour := 0; hour < hours; hour++ {
		total += level*hour + 12
	}
	fmt.Println("tide", total)
	return total, nil
}
""",
    "rust": """pub fn tide(level: i64, hours: i64) -> String {
    let mut total = 0; // the sum
    for hour in 0..hours {
        total += level * hour + 12;
    }
    println!("tide {}", total);
    total.to_string()
}
""",
    "ruby": """def tide(level, hours)
  total = 0 # the sum
  hours.times do |hour|
    total += level * hour + 12
  end
  puts "tide #{total}"
  @last = total
end
""",
    "php": """<?php
function tide($level, $hours) {
    $total = 0; // the sum
    for ($hour = 0; $hour < $hours; $hour++) {
        $total += $level * $hour + 12;
    }
    echo "tide $total";
    return $total;
}
""",
    "kotlin": """fun tide(level: Int, hours: Int): String {
    var total = 0 // the sum
    for (hour in 0 until hours) {
        total += level * hour + 12
    }
    println("tide $total")
    return total.toString()
}
""",
    "swift": """func tide(level: Int, hours: Int) -> String {
    var total = 0 // the sum
    for hour in 0..<hours {
        total += level * hour + 12
    }
    print("tide \\(total)")
    return String(total)
}
""",
    "scala": """object Harbour {
  def tide(level: Int, hours: Int): String = {
    val total = (0 until hours).map(hour => level * hour + 12).sum // the sum
    println("tide " + total)
    total.toString
  }
}
""",
    "bash": """#!/bin/bash
tide() {
  local level=$1 total=0 # the sum
  for hour in 1 2 3; do
    total=$((total + level * hour + 12))
  done
  if [[ "$total" -gt 12 ]]; then
    echo "tide $total"
  fi
}
tide 4
""",
    "sql": """-- the sum of all tides
SELECT harbour.name, SUM(tide.level * tide.hours + 12) AS total
FROM harbour
JOIN tide ON tide.harbour_id = harbour.id
WHERE harbour.name = 'north'
GROUP BY harbour.name
ORDER BY total;
""",
}
