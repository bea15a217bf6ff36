/** A rate centre of the North American Numbering Plan, near enough for a sandbox: its town, and where that lies. */
export type Place = {
  region: string
  locality: string
  latitude: number
  longitude: number
  postalCode: string | null
  lata: string | null
}

type Row = readonly [
  areaCode: string,
  region: string,
  locality: string,
  latitude: number,
  longitude: number,
  postalCode: string,
  lata?: string,
]

// biome-ignore format: a table is read by its lines
const unitedStates: readonly Row[] = [
  ['201', 'NJ', 'Jersey City', 40.73, -74.08, '07302', '224'],
  ['202', 'DC', 'Washington', 38.91, -77.04, '20001', '236'],
  ['203', 'CT', 'New Haven', 41.31, -72.92, '06510', '920'],
  ['205', 'AL', 'Birmingham', 33.52, -86.81, '35203', '476'],
  ['206', 'WA', 'Seattle', 47.61, -122.33, '98101', '674'],
  ['207', 'ME', 'Portland', 43.66, -70.26, '04101', '120'],
  ['208', 'ID', 'Boise', 43.62, -116.2, '83702', '652'],
  ['210', 'TX', 'San Antonio', 29.42, -98.49, '78205', '566'],
  ['212', 'NY', 'New York', 40.75, -73.99, '10001', '132'],
  ['213', 'CA', 'Los Angeles', 34.05, -118.24, '90012', '730'],
  ['214', 'TX', 'Dallas', 32.78, -96.8, '75201', '552'],
  ['215', 'PA', 'Philadelphia', 39.95, -75.17, '19103', '228'],
  ['216', 'OH', 'Cleveland', 41.5, -81.69, '44114', '320'],
  ['218', 'MN', 'Duluth', 46.79, -92.1, '55802', '624'],
  ['225', 'LA', 'Baton Rouge', 30.45, -91.19, '70801', '492'],
  ['251', 'AL', 'Mobile', 30.69, -88.04, '36602', '480'],
  ['260', 'IN', 'Fort Wayne', 41.08, -85.14, '46802', '334'],
  ['302', 'DE', 'Wilmington', 39.75, -75.55, '19801', '228'],
  ['303', 'CO', 'Denver', 39.74, -104.99, '80202', '656'],
  ['304', 'WV', 'Charleston', 38.35, -81.63, '25301', '256'],
  ['305', 'FL', 'Miami', 25.77, -80.19, '33130', '460'],
  ['307', 'WY', 'Cheyenne', 41.14, -104.82, '82001', '654'],
  ['310', 'CA', 'Santa Monica', 34.02, -118.49, '90401', '730'],
  ['310', 'CA', 'Torrance', 33.84, -118.34, '90501', '730'],
  ['312', 'IL', 'Chicago', 41.88, -87.63, '60601', '358'],
  ['313', 'MI', 'Detroit', 42.33, -83.05, '48226', '340'],
  ['314', 'MO', 'St. Louis', 38.63, -90.2, '63101', '520'],
  ['316', 'KS', 'Wichita', 37.69, -97.34, '67202', '532'],
  ['317', 'IN', 'Indianapolis', 39.77, -86.16, '46204', '336'],
  ['323', 'CA', 'Los Angeles', 34.1, -118.33, '90028', '730'],
  ['334', 'AL', 'Montgomery', 32.38, -86.3, '36104', '478'],
  ['336', 'NC', 'Greensboro', 36.07, -79.79, '27401', '424'],
  ['401', 'RI', 'Providence', 41.82, -71.41, '02903', '130'],
  ['402', 'NE', 'Omaha', 41.26, -95.93, '68102', '644'],
  ['404', 'GA', 'Atlanta', 33.75, -84.39, '30303', '438'],
  ['405', 'OK', 'Oklahoma City', 35.47, -97.52, '73102', '536'],
  ['406', 'MT', 'Billings', 45.78, -108.5, '59101', '648'],
  ['407', 'FL', 'Orlando', 28.54, -81.38, '32801', '458'],
  ['408', 'CA', 'San Jose', 37.34, -121.89, '95113', '722'],
  ['410', 'MD', 'Baltimore', 39.29, -76.61, '21202', '238'],
  ['412', 'PA', 'Pittsburgh', 40.44, -80, '15222', '234'],
  ['414', 'WI', 'Milwaukee', 43.04, -87.91, '53202', '356'],
  ['415', 'CA', 'San Francisco', 37.77, -122.42, '94103', '722'],
  ['415', 'CA', 'San Rafael', 37.97, -122.53, '94901', '722'],
  ['425', 'WA', 'Bellevue', 47.61, -122.2, '98004', '674'],
  ['480', 'AZ', 'Scottsdale', 33.49, -111.92, '85251', '666'],
  ['501', 'AR', 'Little Rock', 34.75, -92.29, '72201', '528'],
  ['502', 'KY', 'Louisville', 38.25, -85.76, '40202', '462'],
  ['503', 'OR', 'Portland', 45.52, -122.68, '97204', '672'],
  ['504', 'LA', 'New Orleans', 29.95, -90.07, '70112', '490'],
  ['505', 'NM', 'Albuquerque', 35.08, -106.65, '87102', '664'],
  ['510', 'CA', 'Oakland', 37.8, -122.27, '94612', '722'],
  ['510', 'CA', 'Berkeley', 37.87, -122.27, '94704', '722'],
  ['512', 'TX', 'Austin', 30.27, -97.74, '78701', '558'],
  ['513', 'OH', 'Cincinnati', 39.1, -84.51, '45202', '922'],
  ['515', 'IA', 'Des Moines', 41.59, -93.62, '50309', '632'],
  ['516', 'NY', 'Hempstead', 40.71, -73.62, '11550', '132'],
  ['518', 'NY', 'Albany', 42.65, -73.75, '12207', '134'],
  ['561', 'FL', 'West Palm Beach', 26.71, -80.05, '33401', '460'],
  ['601', 'MS', 'Jackson', 32.3, -90.18, '39201', '482'],
  ['602', 'AZ', 'Phoenix', 33.45, -112.07, '85004', '666'],
  ['603', 'NH', 'Manchester', 42.99, -71.46, '03101', '122'],
  ['605', 'SD', 'Sioux Falls', 43.55, -96.73, '57104', '640'],
  ['612', 'MN', 'Minneapolis', 44.98, -93.27, '55401', '628'],
  ['614', 'OH', 'Columbus', 39.96, -83, '43215', '324'],
  ['615', 'TN', 'Nashville', 36.16, -86.78, '37203', '470'],
  ['617', 'MA', 'Boston', 42.36, -71.06, '02108', '128'],
  ['617', 'MA', 'Cambridge', 42.37, -71.11, '02139', '128'],
  ['619', 'CA', 'San Diego', 32.72, -117.16, '92101', '732'],
  ['628', 'CA', 'San Francisco', 37.78, -122.41, '94102', '722'],
  ['646', 'NY', 'New York', 40.74, -73.99, '10010', '132'],
  ['650', 'CA', 'Palo Alto', 37.44, -122.14, '94301', '722'],
  ['650', 'CA', 'San Mateo', 37.56, -122.33, '94401', '722'],
  ['701', 'ND', 'Fargo', 46.88, -96.79, '58102', '636'],
  ['702', 'NV', 'Las Vegas', 36.17, -115.14, '89101', '721'],
  ['704', 'NC', 'Charlotte', 35.23, -80.84, '28202', '422'],
  ['707', 'CA', 'Santa Rosa', 38.44, -122.71, '95404', '722'],
  ['713', 'TX', 'Houston', 29.76, -95.37, '77002', '560'],
  ['718', 'NY', 'Brooklyn', 40.69, -73.99, '11201', '132'],
  ['757', 'VA', 'Norfolk', 36.85, -76.29, '23510', '252'],
  ['786', 'FL', 'Miami', 25.79, -80.13, '33139', '460'],
  ['801', 'UT', 'Salt Lake City', 40.76, -111.89, '84101', '660'],
  ['802', 'VT', 'Burlington', 44.48, -73.21, '05401', '124'],
  ['803', 'SC', 'Columbia', 34, -81.03, '29201', '434'],
  ['804', 'VA', 'Richmond', 37.54, -77.44, '23219', '248'],
  ['808', 'HI', 'Hilo', 19.72, -155.09, '96720', '834'],
  ['808', 'HI', 'Honolulu', 21.31, -157.86, '96813', '834'],
  ['813', 'FL', 'Tampa', 27.95, -82.46, '33602', '952'],
  ['816', 'MO', 'Kansas City', 39.1, -94.58, '64106', '524'],
  ['901', 'TN', 'Memphis', 35.15, -90.05, '38103', '468'],
  ['904', 'FL', 'Jacksonville', 30.33, -81.66, '32202', '452'],
  ['907', 'AK', 'Anchorage', 61.22, -149.9, '99501', '832'],
  ['916', 'CA', 'Sacramento', 38.58, -121.49, '95814', '726'],
  ['917', 'NY', 'New York', 40.71, -74.01, '10007', '132'],
  ['919', 'NC', 'Raleigh', 35.78, -78.64, '27601', '426'],
  ['925', 'CA', 'Walnut Creek', 37.91, -122.06, '94596', '722'],
  ['949', 'CA', 'Irvine', 33.68, -117.83, '92614', '730'],
  ['973', 'NJ', 'Newark', 40.74, -74.17, '07102', '224'],
]

// biome-ignore format: a table is read by its lines
const canada: readonly Row[] = [
  ['204', 'MB', 'Winnipeg', 49.9, -97.14, 'R3C 4A5'],
  ['236', 'BC', 'Vancouver', 49.26, -123.11, 'V5Y 1V4'],
  ['250', 'BC', 'Victoria', 48.43, -123.37, 'V8W 1P6'],
  ['250', 'BC', 'Kelowna', 49.89, -119.5, 'V1Y 1J4'],
  ['306', 'SK', 'Regina', 50.45, -104.62, 'S4P 3C8'],
  ['306', 'SK', 'Saskatoon', 52.13, -106.67, 'S7K 0J5'],
  ['403', 'AB', 'Calgary', 51.05, -114.07, 'T2P 2M5'],
  ['416', 'ON', 'Toronto', 43.65, -79.38, 'M5H 2N2'],
  ['418', 'QC', 'Québec', 46.81, -71.21, 'G1R 4S9'],
  ['438', 'QC', 'Montréal', 45.5, -73.57, 'H3B 1A7'],
  ['506', 'NB', 'Moncton', 46.09, -64.77, 'E1C 1E8'],
  ['514', 'QC', 'Montréal', 45.51, -73.55, 'H2Y 1C6'],
  ['519', 'ON', 'London', 42.98, -81.25, 'N6A 4L9'],
  ['519', 'ON', 'Windsor', 42.31, -83.04, 'N9A 6S1'],
  ['604', 'BC', 'Vancouver', 49.28, -123.12, 'V6B 1A1'],
  ['613', 'ON', 'Ottawa', 45.42, -75.7, 'K1P 1J1'],
  ['613', 'ON', 'Kingston', 44.23, -76.48, 'K7L 2Z3'],
  ['647', 'ON', 'Toronto', 43.66, -79.39, 'M5G 1Z8'],
  ['709', 'NL', "St. John's", 47.56, -52.71, 'A1C 5M2'],
  ['780', 'AB', 'Edmonton', 53.55, -113.49, 'T5J 2R7'],
  ['902', 'NS', 'Halifax', 44.65, -63.57, 'B3J 3A5'],
  ['905', 'ON', 'Mississauga', 43.59, -79.64, 'L5B 3C1'],
  ['905', 'ON', 'Hamilton', 43.26, -79.87, 'L8P 4Y5'],
]

/** The towns of each area code, in the order of the table. */
function byAreaCode(rows: readonly Row[]): Map<string, Place[]> {
  const codes = new Map<string, Place[]>()
  for (const [areaCode, region, locality, latitude, longitude, postalCode, lata = null] of rows) {
    const place = { region, locality, latitude, longitude, postalCode, lata }
    codes.set(areaCode, [...(codes.get(areaCode) ?? []), place])
  }
  return codes
}

export const areaCodes = { US: byAreaCode(unitedStates), CA: byAreaCode(canada) } as const

/** 800 is left out: its 555 numbers are in use. */
export const tollFreeCodes = { US: ['833', '844', '855', '877', '888'], CA: ['866'] } as const
